"""Probes for whatever runs this application.

`/health` says that the process answers: restart it when it does not. `/health/ready` says that it
can do its work: send it no requests while it cannot. Both answer in plain HTTP and to any host.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib.metadata import version

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

VERSION = version(str(__package__))

# Probes wait about a second. One check that hangs must not hide what the others found.
LONGEST_CHECK = 0.8

Check = Callable[[], None]

blueprint = Blueprint("health", __name__, url_prefix="/health")
log = logging.getLogger(__name__)


class NotReadyError(Exception):
    """Raised by a check; its message is shown to whoever asks."""


def init_app(app: Flask) -> None:
    app.extensions.setdefault("health", {})
    app.register_blueprint(blueprint)


def add_check(app: Flask, name: str, check: Check) -> None:
    """Have `/health/ready` call this, in an application context. To fail, it raises anything."""
    app.extensions["health"][name] = check


@blueprint.get("")
def live() -> ResponseReturnValue:
    return jsonify(status="ok", version=VERSION)


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    results = _run(current_app.extensions["health"])
    is_ready = all(result == "ok" for result in results.values())
    body = jsonify(status="ok" if is_ready else "unavailable", checks=results)
    return body, 200 if is_ready else 503


def _run(checks: Mapping[str, Check]) -> dict[str, str]:
    """Run the checks side by side and tell of each: "ok", or why not."""
    if not checks:
        return {}
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def run(check: Check) -> None:
        with app.app_context():
            check()

    pool = ThreadPoolExecutor(len(checks))
    futures = {name: pool.submit(run, check) for name, check in checks.items()}
    wait(futures.values(), timeout=LONGEST_CHECK)
    pool.shutdown(wait=False, cancel_futures=True)
    return {name: _result(name, future) for name, future in futures.items()}


def _result(name: str, future: Future[None]) -> str:
    if future.cancelled() or not future.done():
        return "no answer in time"
    error = future.exception()
    if error is None:
        return "ok"
    log.warning("The check %s failed: %s", name, error)
    return str(error) if isinstance(error, NotReadyError) else "failed"
