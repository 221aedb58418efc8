"""What all background tasks share. The tasks themselves are in `tasks.py` of their features.

A worker may run a task more than once: after an error, and when the process that runs it is killed.
So a task has to be safe to run again.
"""

import logging
from time import perf_counter
from typing import Any

from celery import Celery, Task
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from celery.utils.time import get_exponential_backoff_interval
from flask import Flask, g
from kombu.exceptions import OperationalError
from werkzeug.exceptions import ServiceUnavailable

from ..logs import request_id

log = logging.getLogger(__name__)


class AppTask(Task[..., Any]):
    """A task that runs in an application context, and again after an error.

    Its log lines have the id of the task, and the id of the request that sent it.
    """

    # The pauses are random: at most 1, 2, 4, 8 and 16 seconds.
    max_retries = 5

    app: "AppCelery"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self.app.flask_app.app_context():
            g.request_id = (self.request.headers or {}).get("request_id", "-")
            g.log_fields = {"task_id": self.request.id}
            began = perf_counter()
            outcome = "failed"
            try:
                result = self._run(*args, **kwargs)
                outcome = "succeeded"
                return result
            except (Ignore, Reject, Retry) as error:
                outcome = f"ended with {error!r}"
                raise
            except Exception:
                log.exception("%s raised an exception", self.name)
                raise
            finally:
                seconds = perf_counter() - began
                details = {"task": self.name, "duration_ms": round(seconds * 1000, 1)}
                log.info("%s %s", self.name, outcome, extra=details)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.run(*args, **kwargs)
        except (Ignore, Reject, Retry, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            if self.request.is_eager:  # in tests
                raise
            pause = get_exponential_backoff_interval(1, self.request.retries, 60, full_jitter=True)
            raise self.retry(exc=error, countdown=pause) from error

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send the task to the workers, as Celery does.

        Raises `ServiceUnavailable` when the broker does not accept it: a request gets 503.
        """
        options["headers"] = {"request_id": request_id(), **(options.get("headers") or {})}
        try:
            return super().apply_async(*args, **options)
        except (OperationalError, OSError) as error:
            log.error("%s was not sent: %s", self.name, error)
            raise ServiceUnavailable(
                "The task cannot be sent to the workers right now.", retry_after=5
            ) from error


class AppCelery(Celery):
    """Celery for one Flask application."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name, task_cls=AppTask)
        self.flask_app = app
