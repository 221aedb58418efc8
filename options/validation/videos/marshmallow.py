"""The shapes of playlists and videos in JSON."""

from marshmallow import fields

from ...pagination import PageOutput, PageQuery
from ...schemas import Integer, Schema


class VideoOutput(Schema):
    id = Integer()
    title = fields.String()
    seconds = Integer()


class PlaylistOutput(Schema):
    id = Integer()
    title = fields.String()


class PlaylistDetails(PlaylistOutput):
    videos = fields.Nested(VideoOutput, many=True)


class PlaylistQuery(PageQuery):
    """Which playlists to list."""


class PlaylistPage(PageOutput):
    items = fields.Nested(PlaylistOutput, many=True)


class StatisticsOutput(Schema):
    views = Integer()
    likes = Integer()
