"""Background tasks, with Celery: the application sends them, and workers run them.

The tasks of a feature are the functions in its `tasks.py` with the decorator `shared_task` of Celery.
`SCHEDULE` in that module has those that are sent at fixed times.
"""

import logging
import re
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

SETTINGS: dict[str, Any] = {
    "accept_content": ["json"],
    "broker_connection_retry_on_startup": True,
    "broker_connection_timeout": STEP,
    "task_publish_retry_policy": {**AT_ONCE, "max_retries": 1},
    # A task is in the queue until it has ended, also when its process is killed.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
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
    settings = {
        **SETTINGS,
        **_broker(app),
        # Several applications may share a broker.
        "task_default_queue": app.name,
        "beat_schedule": _schedule(),
        "worker_concurrency": app.config["WORKER_CONCURRENCY"],
        # Tests run a task where it is sent, and without a broker.
        "task_always_eager": app.testing,
        "task_eager_propagates": True,
        **app.config["CELERY"],
    }
    celery = AppCelery(app)
    celery.config_from_object(settings)
    celery.set_default()
    app.extensions["celery"] = celery
    # With several applications in a process, a task is sent by the one in whose context it is called.
    appcontext_pushed.connect(lambda *_, **__: celery.set_current(), app, weak=False)
    # Celery logs that a worker is ready, and what beat sends, as information. And it repeats what
    # `AppTask` logs, with the arguments of the task.
    logging.getLogger("celery.apps.worker").setLevel(logging.INFO)
    logging.getLogger("celery.beat").setLevel(logging.INFO)
    logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)


def broker_url(found: str) -> str:
    """Return the URL if it is one of RabbitMQ or Redis."""
    if not re.fullmatch(r"(amqps?|rediss?)://\S+", found):
        raise ValueError("a URL like amqp://user:password@host:5672// or redis://host:6379/1")
    return found


def settings_to_wait(url: str) -> dict[str, Any]:
    """Return the settings of a process that waits for its broker, as workers do."""
    return {"broker_connection_timeout": 4, "broker_transport_options": _options(url)}


def _options(url: str) -> dict[str, Any]:
    """Return what every connection to this broker needs, to send tasks or to receive them."""
    if url.startswith("redis"):
        # A task whose worker is gone is run by another one after this time.
        return {"visibility_timeout": 2 * TIME_LIMIT}
    if url.startswith("amqp"):
        return {"confirm_publish": True}
    return {
        "data_folder_in": str(FOLDER),
        "data_folder_out": str(FOLDER),
        "control_folder": str(FOLDER / "control"),
    }


def _broker(app: Flask) -> dict[str, Any]:
    """Return where tasks are sent to: RabbitMQ or Redis, and without both a folder."""
    url = app.config["CELERY_BROKER_URL"] or app.config["REDIS_URL"] or "filesystem://localhost"
    timeouts = {}
    if url.startswith("redis"):
        timeouts = {"socket_timeout": STEP, "socket_connect_timeout": STEP}
    elif url.startswith("amqp"):
        timeouts = {"read_timeout": STEP, "write_timeout": STEP}
    else:
        sentence = "CELERY_BROKER_URL and REDIS_URL are not set: tasks stay on this machine."
        add_weakness(app, sentence)
        if not app.testing:
            with suppress(OSError):  # sending a task says so
                FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    if timeouts:
        add_check(app, "broker", _check_broker, required=False)
    options = {**_options(url), **AT_ONCE, **timeouts}
    return {"broker_url": url, "broker_transport_options": options}


def _schedule() -> dict[str, Any]:
    """Return what is sent at fixed times, from all features. All tasks are imported here."""
    schedule: dict[str, Any] = {}
    for tasks in find_in_blueprints("tasks"):
        schedule |= getattr(tasks, "SCHEDULE", {})
    return schedule


def _check_broker() -> None:
    with current_app.extensions["celery"].connection_for_write() as connection:
        connection.default_channel.close()


@setup_logging.connect
def _keep_logging(**_: object) -> None:
    """Have Celery use the log of the application, instead of one of its own."""
