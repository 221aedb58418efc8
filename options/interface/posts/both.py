"""Posts: the sample feature. `make feature NAME=notes` copies it under another name."""

from flask import Flask

from ...api import PREFIX
from ...extensions.pages import add_link
from . import pages, routes


def init_app(app: Flask) -> None:
    app.register_blueprint(routes.blueprint, url_prefix=f"{PREFIX}/posts")
    app.register_blueprint(pages.blueprint, url_prefix="/posts")
    add_link(app, "Posts", "posts_pages.index")
