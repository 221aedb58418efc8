"""Sends tasks when what a request or command has written is committed.

A task that is sent before may run before others can read what was written, or without it if the
transaction is rolled back.
"""

import logging
from functools import partial
from typing import Any

from celery import Task
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction
from werkzeug.exceptions import ServiceUnavailable

from ..db import db

WAITING = "tasks that wait for the commit"

log = logging.getLogger(__name__)


def send_on_commit(task: Task[..., Any], *args: object, **kwargs: object) -> None:
    """Send the task with these arguments when the current transaction is committed.

    It is never sent if the transaction, or the savepoint, is rolled back. If the broker cannot be
    reached, the transaction stays committed: the task is lost, and an error is logged.
    """
    session = db.session()
    transaction = session.get_nested_transaction() or session.get_transaction() or session.begin()
    waiting = session.info.setdefault(WAITING, [])
    waiting.append((transaction, partial(task.delay, *args, **kwargs)))


@event.listens_for(db.session, "after_commit")
def _send(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint
        return
    committed = session.get_transaction()
    for transaction, send in session.info.pop(WAITING, []):
        if _is_part_of(committed, transaction):
            try:
                send()
            except ServiceUnavailable as error:
                log.error("A task is lost: %s", error.__cause__)


@event.listens_for(db.session, "after_soft_rollback")
def _drop(session: Session, undone: SessionTransaction) -> None:
    waiting = session.info.get(WAITING, [])
    waiting[:] = [item for item in waiting if not _is_part_of(undone, item[0])]


def _is_part_of(whole: SessionTransaction | None, part: SessionTransaction | None) -> bool:
    """Whether it is this transaction, or a savepoint in it."""
    while part is not None and part is not whole:
        part = part.parent
    return part is not None
