"""Where the command `celery` finds the application: it is `celery` in this module."""

import sys
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from celery import beat
from celery.signals import heartbeat_sent
from dotenv import find_dotenv

from .. import create_app
from ..env import ConfigError, load_env_file
from ..extensions.celery import settings_to_wait
from . import AppCelery

# The worker and beat touch these every few seconds. A probe looks at the time of the file.
WORKER_FILE = Path(gettempdir()) / "worker-alive"
BEAT_FILE = Path(gettempdir()) / "beat-alive"


def find_celery() -> AppCelery:
    """Return Celery of a new application. Unlike a request, this process waits for its broker."""
    try:
        load_env_file(find_dotenv(usecwd=True))
        app = create_app()
    except ConfigError as error:
        sys.exit(str(error))
    found: AppCelery = app.extensions["celery"]
    found.conf.update(settings_to_wait(found.conf.broker_url))
    found.conf.beat_scheduler = Scheduler
    return found


@heartbeat_sent.connect
def touch_worker_file(**_: object) -> None:
    WORKER_FILE.touch()


class Scheduler(beat.Scheduler):
    """Keeps no file: each run of the schedule is at a fixed time, and needs no memory of the last."""

    max_interval = 5

    def tick(self, *args: Any, **options: Any) -> Any:
        BEAT_FILE.touch()
        return super().tick(*args, **options)


celery = find_celery()
