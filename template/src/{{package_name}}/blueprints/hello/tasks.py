"""What workers do for hello, in the background."""

import logging

from celery import shared_task
from celery.schedules import crontab

from . import services

log = logging.getLogger(__name__)


@shared_task(name="hello.greet_all")
def greet_all() -> str:
    """Log a greeting, and return it."""
    message = services.greet("everyone")["message"]
    log.info(message)
    return message


# Beat sends it at each full hour, UTC.
SCHEDULE = {"greet all": {"task": "hello.greet_all", "schedule": crontab(minute=0)}}
