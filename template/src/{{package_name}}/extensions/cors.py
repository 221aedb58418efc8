"""CORS: lets pages of other sites call the API from a browser.

A browser asks first, with an OPTIONS request, whether a page of that site may send such a request. It
shows the response to the page only if the site is in `CORS_ORIGINS`. Other clients do not ask, so this
protects visitors of a site, and not the API.
"""

import re

from flask import Flask
from flask_cors import CORS

from ..api import PREFIX
from ..env import ConfigError, read_into, switch, words

ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9-]+(\.[a-z0-9-]+)*)(:[0-9]{1,5})?")

SETTINGS = {
    "CORS_ORIGINS": (),
    "CORS_SUPPORTS_CREDENTIALS": False,
    # What scripts may read, besides the body and the headers that every script can.
    "CORS_EXPOSE_HEADERS": ["Location", "Retry-After", "X-Request-ID"],
    "CORS_MAX_AGE": 600,  # seconds in which a browser does not ask again
}


def init_app(app: Flask) -> None:
    for name, default in SETTINGS.items():
        app.config.setdefault(name, default)
    if not app.testing:
        read_into(app.config, {"CORS_ORIGINS": origins_or_all, "CORS_SUPPORTS_CREDENTIALS": switch})
    if app.config["CORS_SUPPORTS_CREDENTIALS"] and "*" in app.config["CORS_ORIGINS"]:
        raise ConfigError(
            "CORS_SUPPORTS_CREDENTIALS is true and CORS_ORIGINS is '*': any site could act in the "
            "name of a visitor. List the origins, or set CORS_SUPPORTS_CREDENTIALS=false."
        )
    CORS(app, resources=rf"{PREFIX}/.*")


def origins_or_all(found: str) -> list[str]:
    """Return the parts between commas, each an origin as browsers send it; or `*` alone."""
    origins = words(found)
    if origins != ["*"] and not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError(
            "origins with commas between them, like https://app.example.org, in lower case and "
            "without a path; or * alone"
        )
    return origins
