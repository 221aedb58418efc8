"""What all background tasks share. The tasks themselves are in `tasks.py` of their features.

A worker may run a task more than once: after an error, and when the process that runs it is killed.
So a task has to be safe to run again.
"""

import logging
from collections.abc import Callable, Iterable
from time import perf_counter, sleep
from typing import Any

from celery import Celery, Task
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from celery.utils.time import get_exponential_backoff_interval
from flask import Flask, g
from kombu.exceptions import OperationalError
from werkzeug.exceptions import ServiceUnavailable

from ..logs import request_id

# Raised to say how a task ends.
GIVEN_UP = (Ignore, Reject)
NOT_ERRORS = (Ignore, Reject, Retry, SoftTimeLimitExceeded)

log = logging.getLogger(__name__)


class AppCelery(Celery):
    """Celery for one Flask application."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name, task_cls=AppTask)
        self.flask_app = app


class AppTask(Task[..., Any]):
    """A task that runs in an application context, and again after an error.

    Its log lines have the id of the task, and the id of the request that sent it.
    """

    # The pauses are random: at most 4, 8, 16, 32, 64 and 128 seconds.
    max_retries = 6
    # In seconds. The pause after the process was killed.
    default_retry_delay = 1

    app: AppCelery

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly:  # like any other function
            return self.run(*args, **kwargs)
        with self.app.flask_app.app_context():
            g.request_id = (self.request.headers or {}).get("request_id", "-")
            g.log_fields = {"task_id": self.request.id}
            began = perf_counter()
            outcome = "failed"
            try:
                result = self._try(*args, **kwargs)
                outcome = "succeeded"
                return result
            except Retry:
                outcome = "will run again"
                raise
            except GIVEN_UP:
                outcome = "was given up"
                raise
            except Exception as error:
                log.exception("%s raised an exception", self.name)
                vars(error)["is_logged"] = True
                raise
            finally:
                seconds = perf_counter() - began
                details = {"task": self.name, "duration_ms": round(seconds * 1000, 1)}
                log.info("%s %s", self.name, outcome, extra=details)

    def _try(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task. After an exception, send it again to run later."""
        try:
            return self.run(*args, **kwargs)
        except NOT_ERRORS:
            raise
        except Exception as error:
            retries = self.request.retries
            if self.request.is_eager or retries >= self.max_retries:
                raise
            log.warning("%s raised an exception", self.name, exc_info=True)
            pause = get_exponential_backoff_interval(4, retries, 128, full_jitter=True)
            try:
                raise self.retry(exc=error, countdown=pause)
            except Reject:
                # The broker does not accept it now: leave the task in the queue, where it still is.
                sleep(1)
                raise Reject(error, requeue=True) from error

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send the task to the workers, as Celery does.

        Raises `ServiceUnavailable` when the broker does not accept it: a request gets 503.
        """
        options["headers"] = {"request_id": request_id(), **(options.get("headers") or {})}
        if self.app.conf.task_always_eager:
            return super().apply_async(*args, **options)
        try:
            return super().apply_async(*args, **options)
        except (OperationalError, OSError) as error:
            log.error("%s was not sent: %s", self.name, error)
            raise ServiceUnavailable(
                "The task cannot be sent to the workers right now.", retry_after=5
            ) from error


def send_all(calls: Iterable[Callable[[], object]]) -> None:
    """Send tasks after a commit. If the broker cannot be reached, they are lost, and it is logged."""
    waiting = list(calls)
    while waiting:
        send = waiting.pop(0)
        try:
            send()
        except ServiceUnavailable:
            log.error("Tasks that are lost: %d", 1 + len(waiting))
            return
