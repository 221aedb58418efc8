"""Hello: the sample feature. `make feature NAME=notes` copies it under another name."""

from flask import Flask

from ...extensions.pages import add_link
from .pages import blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint, url_prefix="/hello")
    add_link(app, "Hello", "hello_pages.index")
