"""Hello: the sample feature. `make feature NAME=notes` copies it under another name."""

from flask import Flask

from ...api import PREFIX
from .routes import blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint, url_prefix=f"{PREFIX}/hello")
