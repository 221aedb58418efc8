"""The JSON interface of playlists and videos. HTTP stays here; the work is done in `services`."""

from typing import Any

from ...api import or_404
from ...openapi import Blueprint
from . import services
from .schemas import PlaylistDetails, PlaylistPage, PlaylistQuery, StatisticsOutput

# Statistics are those of the moment.
NOT_KEPT = {"Cache-Control": "no-store"}
API_IS_DOWN = "The videos API cannot be used. `Retry-After` has the seconds to wait."

blueprint = Blueprint("playlists", __name__)


@blueprint.get("/playlists")
@blueprint.input(PlaylistQuery, location="query")
@blueprint.output(PlaylistPage)
def index(query_data: dict[str, Any]) -> object:
    """List playlists, the newest first."""
    return services.list_playlists(**query_data)


@blueprint.get("/playlists/<id:playlist_id>")
@blueprint.output(PlaylistDetails)
def show(playlist_id: int) -> object:
    """Return a playlist with its videos."""
    return or_404(services.get_playlist(playlist_id))


@blueprint.get("/videos/<id:video_id>/statistics")
@blueprint.output(StatisticsOutput)
@blueprint.doc(responses={503: API_IS_DOWN})
def statistics(video_id: int) -> object:
    """Return the numbers of a video, as the videos API has them now."""
    or_404(services.get_video(video_id))
    return or_404(services.get_statistics(video_id)), NOT_KEPT
