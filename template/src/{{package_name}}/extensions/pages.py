"""HTML pages: their headers, their errors, and what each template can use.

A template extends `base.html`. It can use `site`: the name, description and version of the
application, where its start page is, and the links of its menu.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, render_template, request, url_for
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ..errors import problem_response
from ..health import VERSION
from ..site import JSON_PATHS, NAME

HEADERS = {
    # A page loads styles, images and scripts from this site, and sends its forms to it. Nothing else.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    # It may show what only one visitor may see.
    "Cache-Control": "private, no-cache",
}
FOREVER = "public, max-age=31536000, immutable"

EXPLANATIONS = {
    400: "This request cannot be understood.",
    403: "You may not see this page.",
    404: "There is no page at this address. It may have been moved or deleted.",
    405: "This address does not accept such a request.",
    413: "What you sent is too large.",
    429: "These were too many requests. Please wait a little and try again.",
    500: "Something went wrong, and it is our fault. Please try again later.",
    503: "The site is not available right now. Please try again in a moment.",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the menu."""

    label: str
    url: str
    is_here: bool


def init_app(app: Flask) -> None:
    app.extensions["links"] = {}
    app.register_error_handler(HTTPException, respond_to_error)
    app.context_processor(_site)
    app.url_defaults(_add_hash)
    app.after_request(_add_headers)


def add_link(app: Flask, label: str, endpoint: str) -> None:
    """Add a link to the menu of all pages, below those that are there."""
    app.extensions["links"][label] = endpoint


def respond_to_error(error: HTTPException) -> ResponseReturnValue:
    """Return a page for this error, or a problem document where a program asked."""
    # A Host header that is no name of a host leaves nothing to make the addresses of links from.
    if f"{request.path}/".startswith(JSON_PATHS) or request_ctx.url_adapter is None:
        return problem_response(error)
    if error.response is not None or error.code is None or error.code < 400:
        return error
    explanation = EXPLANATIONS.get(error.code, error.description)
    page = render_template("error.html", error=error, explanation=explanation)
    return page, error.code, error.get_headers()


def _site() -> dict[str, Any]:
    links = [
        Link(label, url_for(endpoint), request.endpoint == endpoint)
        for label, endpoint in current_app.extensions["links"].items()
    ]
    about = metadata(str(__package__).partition(".")[0])
    site = {"name": NAME, "description": about["Summary"], "version": VERSION}
    return {"site": site | {"home": url_for("home.index"), "links": links}}


def _add_hash(endpoint: str, values: dict[str, Any]) -> None:
    """Give the address of a static file a hash of its content: it changes with the file."""
    if endpoint == "static" and "v" not in values:
        path = Path(str(current_app.static_folder), values["filename"])
        if path.is_file():
            values["v"] = _hash(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1000)
def _hash(path: Path, _: int) -> str:
    return blake2b(path.read_bytes(), digest_size=8).hexdigest()


def _add_headers(response: Response) -> Response:
    if response.mimetype == "text/html":
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    elif request.endpoint == "static" and "v" in request.args and response.status_code < 400:
        response.headers["Cache-Control"] = FOREVER
    return response
