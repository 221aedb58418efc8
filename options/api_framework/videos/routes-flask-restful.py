"""The JSON interface of playlists and videos. HTTP stays here; the work is done in `services`."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ...api import or_404, read_query, reply
from ...resources import Api, Resource
from . import services
from .schemas import PlaylistDetails, PlaylistPage, PlaylistQuery, StatisticsOutput

blueprint = Blueprint("playlists", __name__)
api = Api(blueprint)


class PlaylistList(Resource):
    def get(self) -> ResponseReturnValue:
        return reply(PlaylistPage, services.list_playlists(**read_query(PlaylistQuery)))


class PlaylistItem(Resource):
    def get(self, playlist_id: int) -> ResponseReturnValue:
        return reply(PlaylistDetails, or_404(services.get_playlist(playlist_id)))


class VideoStatistics(Resource):
    def get(self, video_id: int) -> ResponseReturnValue:
        or_404(services.get_video(video_id))
        response = reply(StatisticsOutput, or_404(services.get_statistics(video_id)))
        response.cache_control.no_store = True  # they are those of this moment
        return response


api.add_resource(PlaylistList, "/playlists", endpoint="index")
api.add_resource(PlaylistItem, "/playlists/<id:playlist_id>", endpoint="show")
api.add_resource(VideoStatistics, "/videos/<id:video_id>/statistics", endpoint="statistics")
