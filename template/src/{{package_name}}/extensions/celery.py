"""Background tasks, with Celery: the application sends them, and workers run them.

The tasks of a feature are the functions in its `tasks.py` with the decorator `shared_task` of Celery.
`SCHEDULE` in that module has those that are sent at fixed times.
"""

import logging
import re
import ssl
from contextlib import suppress
from typing import Any

from celery.signals import setup_logging
from flask import Flask, appcontext_pushed, current_app

from ..config import INSTANCE
from ..discovery import find_in_blueprints
from ..env import read_into, whole_number
from ..health import add_check
from ..security import add_weakness
from ..tasks import AppCelery

FOLDER = INSTANCE / "tasks"
# Seconds. A task that takes longer is ended.
TIME_LIMIT = 300
# Seconds for each step of sending. A request that finds a broken connection waits for three steps.
STEP = 0.7
AT_ONCE = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
# Celery's defaults accept any certificate (Redis), or one for any host (RabbitMQ).
USE_SSL: dict[str, dict[str, Any]] = {
    "rediss": {"ssl_cert_reqs": ssl.CERT_REQUIRED},
    "amqps": {"server_hostname": None},
}

SETTINGS: dict[str, Any] = {
    # Anything else could run code when it is read.
    "accept_content": ["json"],
    "broker_connection_retry_on_startup": True,
    "task_publish_retry_policy": {**AT_ONCE, "max_retries": 1},
    # A task is in the queue until it has ended. When its process is killed, it runs again, but not
    # without end.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_retry_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_time_limit": TIME_LIMIT,
    # A task gets an exception before, so that it can clean up.
    "task_soft_time_limit": TIME_LIMIT - 30,
    # What is worth keeping is in the database.
    "task_ignore_result": True,
    "worker_redirect_stdouts": False,
}


def init_app(app: Flask) -> None:
    app.config.setdefault("CELERY_BROKER_URL", "")
    app.config.setdefault("WORKER_CONCURRENCY", None)
    # Settings of Celery by their own names. They take precedence over the ones here.
    app.config.setdefault("CELERY", {})
    if not app.testing:
        read_into(
            app.config,
            {"CELERY_BROKER_URL": broker_url, "WORKER_CONCURRENCY": whole_number(1, 999)},
        )
    celery = AppCelery(app)
    celery.config_from_object(
        {
            **SETTINGS,
            # Several applications may share a broker.
            "task_default_queue": app.name,
            "beat_schedule": _schedule(),
            "beat_scheduler": f"{app.import_name}.tasks.worker:Scheduler",
            "worker_concurrency": app.config["WORKER_CONCURRENCY"],
            # Tests run a task where it is sent, and without a broker.
            "task_always_eager": app.testing,
            "task_eager_propagates": True,
            **broker_settings(app),
        }
    )
    celery.set_default()
    app.extensions["celery"] = celery
    if celery.conf.broker_url.startswith("filesystem:"):
        _make_folder(app)
    else:
        add_check(app, "broker", _check_broker, required=False)
    # Celery logs that a worker is ready, and what beat sends, as information.
    logging.getLogger("celery.apps.worker").setLevel(logging.INFO)
    logging.getLogger("celery.beat").setLevel(logging.INFO)
    logging.getLogger("celery.app.trace").addFilter(_is_not_logged)


def broker_url(found: str) -> str:
    """Return the URL if it is one of RabbitMQ or Redis, or several with semicolons between them."""
    if not all(re.fullmatch(r"(amqps?|rediss?)://\S+", url) for url in found.split(";")):
        raise ValueError("a URL like amqp://user:password@host:5672// or redis://host:6379/1")
    return found


def broker_settings(app: Flask, waits: bool = False) -> dict[str, Any]:
    """Return where tasks are sent to, and how: RabbitMQ or Redis, and without both a folder.

    A request does not wait for a broker that does not respond. Workers and beat do (`waits`).
    """
    given = app.config["CELERY"]
    url = given.get("broker_url") or app.config["CELERY_BROKER_URL"] or app.config["REDIS_URL"]
    url = url or "filesystem://localhost"
    scheme = url.partition(":")[0]
    options: dict[str, Any] = {} if waits else dict(AT_ONCE)
    if scheme.startswith("redis"):
        # A task whose worker is gone is run by another one after this time.
        options["visibility_timeout"] = 2 * TIME_LIMIT
        if not waits:
            options |= {"socket_timeout": STEP, "socket_connect_timeout": STEP}
    elif scheme.startswith("amqp"):
        options["confirm_publish"] = True
        if not waits:
            options |= {"read_timeout": STEP, "write_timeout": STEP}
    elif scheme == "filesystem":
        options |= {"data_folder_in": str(FOLDER), "data_folder_out": str(FOLDER)}
        options["control_folder"] = str(FOLDER / "control")
    return {
        "broker_connection_timeout": 4 if waits else STEP,
        "broker_use_ssl": dict(USE_SSL[scheme]) if scheme in USE_SSL else False,
        **given,
        "broker_url": url,
        "broker_transport_options": {**options, **given.get("broker_transport_options", {})},
    }


def _make_folder(app: Flask) -> None:
    sentence = "CELERY_BROKER_URL and REDIS_URL are not set: tasks stay on this machine."
    add_weakness(app, sentence)
    if not app.testing:
        with suppress(OSError):  # sending a task says so
            FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)


def _schedule() -> dict[str, Any]:
    """Return what is sent at fixed times, from all features. All tasks are imported here."""
    schedule: dict[str, Any] = {}
    for tasks in find_in_blueprints("tasks"):
        schedule |= getattr(tasks, "SCHEDULE", {})
    return schedule


def _check_broker() -> None:
    with current_app.extensions["celery"].connection_for_write() as connection:
        connection.default_channel.close()


@appcontext_pushed.connect
def _set_current(app: Flask, **_: object) -> None:
    """With several applications in a process, have a task belong to the one that is used now."""
    if "celery" in app.extensions:
        app.extensions["celery"].set_current()


@setup_logging.connect
def _keep_logging(**_: object) -> None:
    """Have Celery use the log of the application, instead of one of its own."""


def _is_not_logged(record: logging.LogRecord) -> bool:
    """Drop what `AppTask` has logged already, and the arguments of tasks."""
    vars(record).pop("data", None)
    error = record.exc_info[1] if record.exc_info else None
    return not getattr(error, "is_logged", False)
