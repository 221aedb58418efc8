"""What workers do with posts, in the background."""

import logging

from celery import shared_task
from celery.schedules import crontab

from . import services

log = logging.getLogger(__name__)


@shared_task(name="posts.count_posts")
def count_posts() -> int:
    """Log how many posts there are, and return it."""
    total = services.list_posts(per_page=1).total
    log.info("There are %d posts", total)
    return total


# Beat sends it at each full hour, UTC.
SCHEDULE = {"count posts": {"task": "posts.count_posts", "schedule": crontab(minute=0)}}
