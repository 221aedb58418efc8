"""Playlists and videos of another service. `flask sync` fetches them."""

from flask import Flask

from ...extensions.pages import add_link
from .commands import sync
from .pages import blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint, url_prefix="/playlists")
    add_link(app, "Playlists", "playlists_pages.index")
    app.cli.add_command(sync)
