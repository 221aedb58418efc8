"""Playlists and videos of another service. `flask sync` fetches them."""

from flask import Flask

from ...api import PREFIX
from .commands import sync
from .routes import blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint, url_prefix=PREFIX)
    app.cli.add_command(sync)
