"""Probes for whatever runs this application.

`/health` says that the process responds: restart it when it does not. `/health/ready` says that it
can do its work: send it no requests while it cannot. Both respond in plain HTTP and to any host.
"""

import logging
from collections.abc import Callable, Mapping
from importlib.metadata import version
from threading import Lock, Thread
from time import monotonic

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

VERSION = version(str(__package__))

# Probes wait about a second. One check that hangs must not hide the results of the others.
CHECK_TIMEOUT = 0.8

Check = Callable[[], None]

starting = Lock()
blueprint = Blueprint("health", __name__, url_prefix="/health")
log = logging.getLogger(__name__)


class NotReadyError(Exception):
    """Raised by a check. The response shows its message."""


class Run(Thread):
    """One run of a check. As a daemon, it does not keep the process from exiting."""

    def __init__(self, app: Flask, check: Check) -> None:
        super().__init__(daemon=True)
        self.app = app
        self.check = check
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with self.app.app_context():
                self.check()
        except BaseException as error:
            self.error = error


def init_app(app: Flask) -> None:
    app.extensions.setdefault("health", {})
    app.extensions.setdefault("health_not_required", set())
    app.extensions.setdefault("health_runs", {})
    app.register_blueprint(blueprint)


def add_check(app: Flask, name: str, check: Check, required: bool = True) -> None:
    """Have `/health/ready` call this check in an application context. It fails by raising.

    A check that is not required is listed as well, but does not make the application unavailable.
    """
    app.extensions["health"][name] = check
    if not required:
        app.extensions["health_not_required"].add(name)


@blueprint.get("")
def live() -> ResponseReturnValue:
    return jsonify(status="ok", version=VERSION)


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    results = _run(current_app.extensions["health"])
    optional = current_app.extensions["health_not_required"]
    is_ready = all(result == "ok" or name in optional for name, result in results.items())
    body = jsonify(status="ok" if is_ready else "unavailable", checks=results)
    return body, 200 if is_ready else 503


def _run(checks: Mapping[str, Check]) -> dict[str, str]:
    """Run the checks in parallel; return "ok" or the reason for each."""
    runs = {name: _start(name, check) for name, check in checks.items()}
    deadline = monotonic() + CHECK_TIMEOUT
    for run in runs.values():
        run.join(max(0, deadline - monotonic()))
    return {name: _result(name, run) for name, run in runs.items()}


def _start(name: str, check: Check) -> Run:
    """Run a check. While an earlier run of it has not ended, return that one instead.

    A check that hangs would otherwise keep another thread with each probe.
    """
    runs: dict[str, Run] = current_app.extensions["health_runs"]
    with starting:
        if name not in runs or not runs[name].is_alive():
            app = current_app._get_current_object()  # type: ignore[attr-defined]
            runs[name] = Run(app, check)
            runs[name].start()
        return runs[name]


def _result(name: str, run: Run) -> str:
    if run.is_alive():
        return "no response in time"
    if run.error is None:
        return "ok"
    log.warning("The check %s failed: %s", name, run.error)
    return str(run.error) if isinstance(run.error, NotReadyError) else "failed"
