"""What can be done with playlists and videos. The only module of this feature that knows the database."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError

from ...clients import videos as api
from ...db import db
from ...extensions.videos_api import videos_api
from ...ids import MAX_ID
from ...pagination import Page
from .models import Playlist, Video

# How often to write a page, if another sync writes the same rows at the same time: a deadlock, a key
# that is there by now, or a row of the link table that is gone.
TRIES = 5
COLLISIONS = (DBAPIError, StaleDataError)


def list_playlists(
    page: int = 1, per_page: int = 20, min_id: int = 0, max_id: int = MAX_ID
) -> Page[Playlist]:
    """One page of the playlists whose ids lie in the range, the newest first, without their videos."""
    in_range = Playlist.id.between(min_id, max_id)
    total = db.session.scalar(select(func.count()).select_from(Playlist).where(in_range)) or 0
    statement = select(Playlist).where(in_range).order_by(Playlist.id.desc())
    playlists = db.session.scalars(statement.limit(per_page).offset((page - 1) * per_page))
    return Page(playlists.all(), page, per_page, total)


def get_playlist(playlist_id: int) -> Playlist | None:
    """The playlist with this id and its videos, if there is one."""
    return db.session.get(Playlist, playlist_id, options=[joinedload(Playlist.videos)])


def get_video(video_id: int) -> Video | None:
    """The video with this id, if there is one."""
    return db.session.get(Video, video_id)


def get_statistics(video_id: int) -> api.Statistics | None:
    """Ask the API for the numbers of a video. None when it has no such video; raises `ApiError`."""
    db.session.close()  # no connection to the database is kept waiting for the API
    return videos_api().get_statistics(video_id)


def store(playlists: Collection[api.Playlist]) -> Counter[str]:
    """Write playlists and their videos, all or nothing. Return how many are added, changed, unchanged."""
    for _ in range(TRIES - 1):
        try:
            return _store(playlists)
        except COLLISIONS:
            db.session.rollback()
    return _store(playlists)


def _store(playlists: Collection[api.Playlist]) -> Counter[str]:
    counts: Counter[str] = Counter()
    wanted = {video.id: video for playlist in playlists for video in playlist.videos}
    find_videos = select(Video).where(Video.id.in_(wanted))
    videos = {video.id: video for video in db.session.scalars(find_videos)}
    find_playlists = select(Playlist).where(Playlist.id.in_([each.id for each in playlists]))
    found = db.session.scalars(find_playlists.options(selectinload(Playlist.videos)))
    stored = {playlist.id: playlist for playlist in found}

    for video in wanted.values():
        row = videos.setdefault(video.id, Video(id=video.id))
        row.title, row.seconds = video.title, video.seconds
    for playlist in playlists:
        entry = stored.get(playlist.id, Playlist(id=playlist.id))
        entry.title = playlist.title
        entry.videos = [videos[video.id] for video in playlist.videos]
        if playlist.id not in stored:
            counts["added"] += 1
        elif any(db.session.is_modified(each) for each in (entry, *entry.videos)):
            counts["changed"] += 1
        else:
            counts["unchanged"] += 1
        db.session.add(entry)
    db.session.commit()
    db.session.close()
    return counts
