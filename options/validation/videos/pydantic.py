"""The shapes of playlists and videos in JSON."""

from ...pagination import PageOutput, PageQuery
from ...schemas import Schema


class VideoOutput(Schema):
    id: int
    title: str
    seconds: int


class PlaylistOutput(Schema):
    id: int
    title: str


class PlaylistDetails(PlaylistOutput):
    videos: list[VideoOutput]


class PlaylistQuery(PageQuery):
    """Which playlists to list."""


class PlaylistPage(PageOutput):
    items: list[PlaylistOutput]


class StatisticsOutput(Schema):
    views: int
    likes: int
