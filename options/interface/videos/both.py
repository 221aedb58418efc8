"""Playlists and videos of another service. `flask sync` fetches them."""

from flask import Flask

from ...api import PREFIX
from ...extensions.pages import add_link
from . import pages, routes
from .commands import sync


def init_app(app: Flask) -> None:
    app.register_blueprint(routes.blueprint, url_prefix=PREFIX)
    app.register_blueprint(pages.blueprint, url_prefix="/playlists")
    add_link(app, "Playlists", "playlists_pages.index")
    app.cli.add_command(sync)
