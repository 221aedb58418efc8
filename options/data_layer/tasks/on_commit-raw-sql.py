"""Sends tasks when what a request or command has written is committed.

A task that is sent before may run before others can read what was written, or without it if the
transaction is rolled back.
"""

import logging
from typing import Any

from celery import Task
from werkzeug.exceptions import ServiceUnavailable

from ..db import db

log = logging.getLogger(__name__)


def send_on_commit(task: Task[..., Any], *args: object, **kwargs: object) -> None:
    """Send the task with these arguments when the current transaction is committed.

    It is never sent if the transaction is rolled back. If the broker cannot be reached, the
    transaction stays committed: the task is lost, and an error is logged.
    """

    def send() -> None:
        try:
            task.delay(*args, **kwargs)
        except ServiceUnavailable as error:
            log.error("A task is lost: %s", error.__cause__)

    db.on_commit(send)
