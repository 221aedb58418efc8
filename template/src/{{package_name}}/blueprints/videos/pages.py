"""The HTML pages of playlists and videos. HTTP stays here; the work is done in `services`."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from ...forms import read_page
from . import services

PER_PAGE = 10

blueprint = Blueprint("playlists_pages", __name__, template_folder="templates")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    page = services.list_playlists(page=read_page(), per_page=PER_PAGE)
    if not page.items and page.page > 1:
        abort(404)
    return render_template("videos/index.html", page=page)


@blueprint.get("/<id:playlist_id>")
def show(playlist_id: int) -> ResponseReturnValue:
    playlist = services.get_playlist(playlist_id) or abort(404)
    return render_template("videos/playlist.html", playlist=playlist)


@blueprint.get("/videos/<id:video_id>")
def video(video_id: int) -> ResponseReturnValue:
    """Show a video, with its statistics of this moment: 503 while the API is down."""
    found = services.get_video(video_id) or abort(404)
    statistics = services.get_statistics(video_id) or abort(404)
    return render_template("videos/video.html", video=found, statistics=statistics)
