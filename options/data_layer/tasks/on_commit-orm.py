"""Sends tasks when what a request or command has written is committed.

A task that is sent before may run before others can read what was written, or without it if the
transaction is rolled back.
"""

from functools import partial
from typing import Any

from celery import Task
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from ..db import db
from . import send_all

# In `info` of a session: what waits for its commit, and what is sent next.
WAITING = "tasks that wait"
COMMITTED = "tasks to send"


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
def _select(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint
        return
    committed = session.get_transaction()
    waiting = session.info.pop(WAITING, [])
    session.info[COMMITTED] = [send for part, send in waiting if _is_part_of(committed, part)]


@event.listens_for(db.session, "after_transaction_end")
def _send(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        send_all(session.info.pop(COMMITTED, []))


@event.listens_for(db.session, "after_soft_rollback")
def _drop(session: Session, undone: SessionTransaction) -> None:
    waiting = session.info.get(WAITING, [])
    waiting[:] = [item for item in waiting if not _is_part_of(undone, item[0])]


def _is_part_of(whole: SessionTransaction | None, part: SessionTransaction | None) -> bool:
    """Whether it is this transaction, or a savepoint in it."""
    while part is not None and part is not whole:
        part = part.parent
    return part is not None
