"""What workers do with videos, in the background."""

import logging

from celery import shared_task
from celery.schedules import crontab

from .sync import sync

log = logging.getLogger(__name__)


@shared_task(name="videos.sync")
def sync_videos() -> str:
    """Store the playlists and videos of the API; return the summary, and log it with the errors.

    Nothing is raised: the next run tries everything again.
    """
    summary = sync()
    for error in summary.errors:
        log.warning("%s", error)
    log.info("%s", summary)
    return str(summary)


# Beat sends it a quarter past each hour, UTC.
SCHEDULE = {"sync videos": {"task": "videos.sync", "schedule": crontab(minute=15)}}
