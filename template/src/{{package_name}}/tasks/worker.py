"""Where the command `celery` finds the application: it is `celery` in this module."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from celery import beat
from celery.signals import heartbeat_sent
from dotenv import find_dotenv

from .. import create_app
from ..env import ConfigError, load_env_file
from ..extensions.celery import broker_settings
from . import AppCelery

PROJECT = str(__package__).partition(".")[0]
# The worker and beat touch these every few seconds. A probe looks at the time of the file.
WORKER_FILE = Path(gettempdir(), f"{PROJECT}-worker-alive")
BEAT_FILE = Path(gettempdir(), f"{PROJECT}-beat-alive")

log = logging.getLogger(__name__)


def find_celery() -> AppCelery:
    """Return Celery of a new application. Unlike a request, this process waits for its broker."""
    try:
        load_env_file(find_dotenv(usecwd=True))
        app = create_app()
    except ConfigError as error:
        sys.exit(str(error))
    found: AppCelery = app.extensions["celery"]
    found.conf.update(broker_settings(app, waits=True))
    return found


def touch(path: Path) -> None:
    with suppress(OSError):  # the file of another user: their probe would not be about this process
        path.touch()


@heartbeat_sent.connect
def report_heartbeat(**_: object) -> None:
    touch(WORKER_FILE)


class Scheduler(beat.Scheduler):
    """Keeps no file: each run of the schedule is at a fixed time, and needs no memory of the last."""

    max_interval = 5

    def tick(self, *args: Any, **options: Any) -> Any:
        touch(BEAT_FILE)
        return super().tick(*args, **options)

    def _ensure_connected(self) -> Any:
        """Wait for the broker as long as it takes."""
        return self.connection.ensure_connection(
            lambda error, _: log.error("Beat waits for the broker: %s", error),
            callback=lambda: touch(BEAT_FILE),
        )


celery = find_celery()
