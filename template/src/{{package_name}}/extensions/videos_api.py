"""The videos API: one client for the whole application, and the response while the API is down."""

import logging
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ServiceUnavailable

from ..clients.json_api import ApiError, JsonApi
from ..clients.videos import VideosClient
from ..clients.videos_sample import SampleApi
from ..env import read_into, text
from ..security import add_weakness

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.config.setdefault("VIDEOS_API_URL", "")
    app.config.setdefault("VIDEOS_API_TOKEN", "")
    if not app.testing:
        read_into(app.config, {"VIDEOS_API_URL": api_url, "VIDEOS_API_TOKEN": text})
    url, token = app.config["VIDEOS_API_URL"], app.config["VIDEOS_API_TOKEN"]
    app.extensions["videos_api"] = VideosClient(JsonApi(url, token) if url else SampleApi())
    if not url:
        add_weakness(app, "VIDEOS_API_URL is not set: the videos are those of videos_sample.py.")
    elif token and not url.startswith("https://"):
        add_weakness(app, "VIDEOS_API_URL is not HTTPS: VIDEOS_API_TOKEN is sent in plain text.")
    app.register_error_handler(ApiError, _respond_with_503)


def videos_api() -> VideosClient:
    """Return the client of the current application."""
    client: VideosClient = current_app.extensions["videos_api"]
    return client


def api_url(found: str) -> str:
    """Return the URL if paths can be added to it."""
    parts = urlsplit(found)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError("a URL like https://api.example.org/v1")
    return found


def _respond_with_503(error: ApiError) -> ResponseReturnValue:
    log.warning("The videos API cannot be used: %s", error)
    unavailable = ServiceUnavailable("The videos API cannot be used right now.", retry_after=5)
    return current_app.handle_http_exception(unavailable)
