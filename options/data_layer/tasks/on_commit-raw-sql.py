"""Sends tasks when what a request or command has written is committed.

A task that is sent before may run before others can read what was written, or without it if the
transaction is rolled back.
"""

from functools import partial
from typing import Any

from celery import Task

from ..db import db
from . import send_all


def send_on_commit(task: Task[..., Any], *args: object, **kwargs: object) -> None:
    """Send the task with these arguments when the current transaction is committed.

    It is never sent if the transaction is rolled back. If the broker cannot be reached, the
    transaction stays committed: the task is lost, and an error is logged.
    """
    db.on_commit(lambda: send_all([partial(task.delay, *args, **kwargs)]))
