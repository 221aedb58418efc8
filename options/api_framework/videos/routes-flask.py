"""The JSON interface of playlists and videos. HTTP stays here; the work is done in `services`."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ...api import or_404, read_query, reply
from . import services
from .schemas import PlaylistDetails, PlaylistPage, PlaylistQuery, StatisticsOutput

blueprint = Blueprint("playlists", __name__)


@blueprint.get("/playlists")
def index() -> ResponseReturnValue:
    return reply(PlaylistPage, services.list_playlists(**read_query(PlaylistQuery)))


@blueprint.get("/playlists/<id:playlist_id>")
def show(playlist_id: int) -> ResponseReturnValue:
    return reply(PlaylistDetails, or_404(services.get_playlist(playlist_id)))


@blueprint.get("/videos/<id:video_id>/statistics")
def statistics(video_id: int) -> ResponseReturnValue:
    or_404(services.get_video(video_id))
    response = reply(StatisticsOutput, or_404(services.get_statistics(video_id)))
    response.cache_control.no_store = True  # they are those of this moment
    return response
