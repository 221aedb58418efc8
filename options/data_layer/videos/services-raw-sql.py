"""What can be done with playlists and videos. The only module of this feature that knows the database."""

from collections import Counter
from collections.abc import Collection

from ...clients import videos as api
from ...db import db, load_queries
from ...extensions.videos_api import videos_api
from ...ids import MAX_ID
from ...pagination import Page
from .models import Playlist, Video

# How often to write a page, if another sync writes the same rows at the same time.
TRIES = 5

queries = load_queries(__file__)


def list_playlists(
    page: int = 1, per_page: int = 20, min_id: int = 0, max_id: int = MAX_ID
) -> Page[Playlist]:
    """One page of the playlists whose ids lie in the range, the newest first, without their videos."""
    in_range = {"min_id": min_id, "max_id": max_id}
    total = queries.count_playlists(db.connection, **in_range)
    window = {"limit": per_page, "offset": (page - 1) * per_page}
    rows = queries.list_playlists(db.connection, **in_range, **window)
    return Page([Playlist(*row) for row in rows], page, per_page, total)


def get_playlist(playlist_id: int) -> Playlist | None:
    """The playlist with this id and its videos, if there is one."""
    row = queries.get_playlist(db.connection, id=playlist_id)
    if row is None:
        return None
    videos = queries.list_videos(db.connection, playlist_id=playlist_id)
    return Playlist(playlist_id, row[1], tuple(Video(*video) for video in videos))


def get_video(video_id: int) -> Video | None:
    """The video with this id, if there is one."""
    row = queries.get_video(db.connection, id=video_id)
    return Video(*row) if row else None


def get_statistics(video_id: int) -> api.Statistics | None:
    """Ask the API for the numbers of a video. None when it has no such video; raises `ApiError`."""
    db.close()  # no connection to the database is kept waiting for the API
    return videos_api().get_statistics(video_id)


def store(playlists: Collection[api.Playlist]) -> Counter[str]:
    """Write playlists and their videos, all or nothing. Return how many are added, changed, unchanged."""
    for _ in range(TRIES - 1):
        try:
            return _store(playlists)
        except db.engine.dialect.loaded_dbapi.Error:
            db.close()
    return _store(playlists)


def _store(playlists: Collection[api.Playlist]) -> Counter[str]:
    counts: Counter[str] = Counter()
    wanted = {video.id: video for playlist in playlists for video in playlist.videos}
    changed = {key for key, video in sorted(wanted.items()) if _store_video(video)}
    for playlist in playlists:
        before = get_playlist(playlist.id)
        if before is None or before.title != playlist.title:
            queries.store_playlist(db.connection, id=playlist.id, title=playlist.title)
        old = {video.id for video in before.videos} if before else set()
        new = {video.id for video in playlist.videos}
        for video_id in sorted(new - old):
            queries.add_video(db.connection, playlist_id=playlist.id, video_id=video_id)
        for video_id in sorted(old - new):
            queries.remove_video(db.connection, playlist_id=playlist.id, video_id=video_id)
        if before is None:
            counts["added"] += 1
        elif before.title != playlist.title or old != new or new & changed:
            counts["changed"] += 1
        else:
            counts["unchanged"] += 1
    db.commit()
    db.close()
    return counts


def _store_video(video: api.Video) -> bool:
    """Write a video. Return whether it is new or has changed."""
    new = Video(video.id, video.title, video.seconds)
    if get_video(video.id) == new:
        return False
    queries.store_video(db.connection, id=new.id, title=new.title, seconds=new.seconds)
    return True
