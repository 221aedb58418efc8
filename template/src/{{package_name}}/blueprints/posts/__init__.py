"""Posts: the sample feature. To write the next one, copy this folder, and its tests."""

from flask import Flask

from ...api import PREFIX
from .routes import blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint, url_prefix=f"{PREFIX}/posts")
