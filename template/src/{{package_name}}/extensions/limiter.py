"""Limits how many requests each client may send, with Flask-Limiter.

Each client may send `RATELIMIT_DEFAULT` to each route. A view has a limit of its own with a decorator
below its route: `@limiter.limit("5 per minute")`.
"""

import logging
from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import HeaderNames, Limiter
from limits import parse_many
from limits.errors import StorageError
from werkzeug.exceptions import ServiceUnavailable

from .. import health
from ..env import read_into, switch
from . import redis

SETTINGS = {
    "RATELIMIT_DEFAULT": "300 per minute",
    # While Redis is down: each process counts by itself (True), or requests get 503 (False).
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    # With fixed windows, twice the limit could pass within a moment, at the end of one window and
    # the beginning of the next.
    "RATELIMIT_STRATEGY": "moving-window",
    "RATELIMIT_HEADERS_ENABLED": True,
}
SECONDS_LEFT = "RateLimit-Reset"

log = logging.getLogger(__name__)


def client() -> str:
    """Return who has sent this request: an IPv4 address, or the network of an IPv6 address.

    A provider gives each customer a network of at least 2^64 IPv6 addresses.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "unknown"  # a socket of this machine has no address
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def make_limiter() -> Limiter:
    """Return a limiter without an application. It counts for one application at a time."""
    names = {
        HeaderNames.LIMIT: "RateLimit-Limit",
        HeaderNames.REMAINING: "RateLimit-Remaining",
        # In seconds, as the IETF's draft says. Flask-Limiter writes a time of day into this header,
        # and then the seconds into that of the next name.
        HeaderNames.RESET: SECONDS_LEFT,
        HeaderNames.RETRY_AFTER: SECONDS_LEFT,
    }
    return Limiter(client, header_name_mapping=names)


limiter = make_limiter()


def init_app(app: Flask) -> None:
    for name, default in SETTINGS.items():
        app.config.setdefault(name, default)
    # Tests would use up the limits of their one client.
    app.config.setdefault("RATELIMIT_ENABLED", not app.testing)
    if not app.testing:
        read_into(
            app.config,
            {
                "RATELIMIT_DEFAULT": limits,
                "RATELIMIT_ENABLED": switch,
                "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": switch,
            },
        )
    url = app.config["REDIS_URL"]
    app.config["RATELIMIT_STORAGE_URI"] = url or "memory://"
    if url:
        own = {**redis.options(), "wrap_exceptions": True}
        app.config["RATELIMIT_STORAGE_OPTIONS"] = own
        app.config["RATELIMIT_KEY_PREFIX"] = str(__package__).partition(".")[0]
    # Flask runs these functions in reverse order: this one after that of the limiter.
    app.after_request(_say_when_to_retry)
    limiter.init_app(app)
    limiter.exempt(health.blueprint)
    app.register_error_handler(StorageError, _refuse)


def limits(found: str) -> str:
    """Return the text if Flask-Limiter can read it."""
    try:
        parse_many(found)
    except ValueError:
        raise ValueError("limits like 300 per minute, with semicolons between them") from None
    return found


def _say_when_to_retry(response: Response) -> Response:
    if response.status_code == 429 and SECONDS_LEFT in response.headers:
        response.headers["Retry-After"] = max(1, int(response.headers[SECONDS_LEFT]))
    return response


def _refuse(error: StorageError) -> ResponseReturnValue:
    log.error("Redis cannot be used", exc_info=error)
    unavailable = ServiceUnavailable("Requests cannot be counted right now.", retry_after=5)
    return current_app.handle_http_exception(unavailable)
