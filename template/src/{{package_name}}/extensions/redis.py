"""Redis: keeps what all processes of this application share. It is used if `REDIS_URL` is set.

Without it each process keeps its own, which is right for development and for a single process.
"""

import re

from flask import Flask, current_app
from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..env import read_into
from ..health import add_check
from ..security import add_weakness

# Seconds. A request must not wait long for something that it can do without.
TIMEOUT = 0.5


def init_app(app: Flask) -> None:
    app.config.setdefault("REDIS_URL", "")
    if not app.testing:
        read_into(app.config, {"REDIS_URL": redis_url})
    if app.config["REDIS_URL"]:
        app.extensions["redis"] = Redis.from_url(app.config["REDIS_URL"], **options())
        # Not required: requests are served while Redis is down.
        add_check(app, "redis", _ping, required=False)


def shared_by_processes(app: Flask) -> str:
    """Return `REDIS_URL`. Production logs it if processes would have to share something without it."""
    url: str = app.config["REDIS_URL"]
    if not url:
        add_weakness(app, "REDIS_URL is not set: processes do not share what docs/redis.md lists.")
    return url


def options() -> dict[str, object]:
    """Return the settings of each connection to Redis."""
    return {
        "socket_connect_timeout": TIMEOUT,
        "socket_timeout": TIMEOUT,
        # A restart of Redis closes connections: try a new one, at once. Do not wait twice.
        "retry": Retry(NoBackoff(), 1, supported_errors=(exceptions.ConnectionError,)),
    }


def redis_url(found: str) -> str:
    """Return the URL if it is one of Redis."""
    if not re.fullmatch(r"rediss?://\S+", found):
        raise ValueError("a URL like redis://:password@host:6379/0, or rediss:// for TLS")
    return found


def _ping() -> None:
    current_app.extensions["redis"].ping()
