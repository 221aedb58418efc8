"""Limits how many requests each client may send, with Flask-Limiter.

Each client may send `RATELIMIT_DEFAULT` to each route. A view has a limit of its own with a decorator
below its route: `@limiter.limit("5 per minute")`.
"""

import logging
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import time

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
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
}

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


limiter = Limiter(client)


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
    url = redis.shared_by_processes(app)
    app.config["RATELIMIT_STORAGE_URI"] = url or "memory://"
    if url:
        own = {**redis.options(), "wrap_exceptions": True}
        app.config["RATELIMIT_STORAGE_OPTIONS"] = own
        app.config["RATELIMIT_KEY_PREFIX"] = str(__package__).partition(".")[0]
    # In Flask-Limiter 4.1, a thread that is not the first to notice that Redis is down has an error
    # instead of the fallback. Its request is served without being counted.
    app.config["RATELIMIT_SWALLOW_ERRORS"] = app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"]
    limiter.init_app(app)
    app.after_request(_add_headers)
    limiter.exempt(health.blueprint)
    app.register_error_handler(StorageError, _refuse)


def limits(found: str) -> str:
    """Return the text if Flask-Limiter can read it."""
    try:
        parse_many(found)
    except ValueError:
        raise ValueError("limits like 300 per minute, with semicolons between them") from None
    return found


def _add_headers(response: Response) -> Response:
    """Say what is left, and in how many seconds all is available again, as the IETF's draft does."""
    limit = limiter.current_limit
    if limit is None:
        return response
    try:
        left, seconds = limit.remaining, max(1, ceil(limit.window[0] - time()))
    except StorageError:  # Redis has gone down since the request was counted
        return response
    response.headers["RateLimit-Limit"] = str(limit.limit.amount)
    response.headers["RateLimit-Remaining"] = str(left)
    response.headers["RateLimit-Reset"] = str(seconds)
    if response.status_code == 429:
        response.headers["Retry-After"] = str(seconds)
    return response


def _refuse(error: StorageError) -> ResponseReturnValue:
    log.error("Redis cannot be used", exc_info=error)
    unavailable = ServiceUnavailable("Requests cannot be counted right now.", retry_after=5)
    return current_app.handle_http_exception(unavailable)
