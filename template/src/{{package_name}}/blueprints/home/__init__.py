"""The start page."""

from flask import Flask

from .pages import blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
