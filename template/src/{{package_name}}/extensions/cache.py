"""Keeps responses of the JSON API until something is written to the database, with Flask-Caching.

What is kept is for all clients, so only requests without credentials are served from it. Functions of
your own can use the cache as well, with `cache.memoize` and the other functions of Flask-Caching.
"""

import logging
from hashlib import blake2b
from time import monotonic, time
from uuid import uuid4

from flask import Flask, Response, current_app, g, request
from flask_caching import Cache
from redis import RedisError
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from ..api import PREFIX
from ..db import db
from ..env import read_into, whole_number
from ..health import VERSION
from . import redis

# Changes with each write. What was kept before is not used any more.
GENERATION = "generation"
# Seconds in which one request renews an old response, while others still get that.
RENEWAL = 10
# Seconds in which the cache is not asked again after an error.
PAUSE = 5

log = logging.getLogger(__name__)

cache = Cache()


def init_app(app: Flask) -> None:
    app.config.setdefault("CACHE_DEFAULT_TIMEOUT", 60)
    if not app.testing:
        read_into(app.config, {"CACHE_DEFAULT_TIMEOUT": whole_number(1, 86400)})
    url = redis.shared_by_processes(app)
    if url:
        app.config.setdefault("CACHE_TYPE", "RedisCache")
        app.config["CACHE_REDIS_URL"] = url
        app.config["CACHE_OPTIONS"] = redis.options()
    else:
        # A process does not know what another one has written, and in production there are several.
        in_memory = app.config["APP_ENV"] == "development"
        app.config.setdefault("CACHE_TYPE", "SimpleCache" if in_memory else "NullCache")
    app.config.setdefault("CACHE_KEY_PREFIX", f"{app.name}/{VERSION}/")
    app.config["CACHE_NO_NULL_WARNING"] = True
    cache.init_app(app)
    app.before_request(_respond)
    app.after_request(_keep)
    _watch_writes(app)


def forget(app: Flask) -> None:
    """Use none of the responses that are kept now. Each write to the database calls this."""
    try:
        app.extensions["cache"][cache].set(GENERATION, uuid4().hex, timeout=0)
    except RedisError as error:
        _pause(app, error)


def _watch_writes(app: Flask) -> None:
    """Forget the responses when a connection that has committed is given back to the pool.

    That is after the commit, and before the client gets the response.
    """
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "commit")
    def remember(connection: Connection) -> None:
        connection.info["has_committed"] = True

    @event.listens_for(engine, "checkin")
    def forget_responses(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop("has_committed", False):
            forget(app)


def _respond() -> Response | None:
    """Return the response that is kept for this request, if there is one."""
    if not _is_for_all() or monotonic() < current_app.extensions.get("cache_pause", 0):
        return None
    if current_app.extensions.pop("cache_pause", None):
        forget(current_app)  # there may have been writes meanwhile
    key = _key()
    try:
        generation, kept = cache.get_many(GENERATION, key)
        if generation is None:
            generation = uuid4().hex
            cache.set(GENERATION, generation, timeout=0)
        is_valid = kept is not None and kept[0] == generation
        is_new = is_valid and time() < kept[1]
        if is_new or (is_valid and not cache.add(f"{key}/renewal", True, timeout=RENEWAL)):
            return Response(kept[2], headers=kept[3])
    except RedisError as error:
        _pause(current_app, error)
        return None
    g.cache_generation = generation
    return None


def _keep(response: Response) -> Response:
    """Keep the response if it is for all clients, and send no body that the client has already."""
    if not request.path.startswith(f"{PREFIX}/") or request.method not in {"GET", "HEAD"}:
        return response
    if response.status_code != 200 or response.is_streamed or response.cache_control.no_store:
        return response
    generation = g.get("cache_generation")
    if generation is not None and "Set-Cookie" not in response.headers:
        until = time() + current_app.config["CACHE_DEFAULT_TIMEOUT"]
        kept = (generation, until, response.get_data(), response.headers.to_wsgi_list())
        try:
            cache.set(_key(), kept, timeout=current_app.config["CACHE_DEFAULT_TIMEOUT"] + RENEWAL)
        except RedisError as error:
            _pause(current_app, error)
    # A client may keep it as well, but has to ask each time whether it has changed.
    response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


def _is_for_all() -> bool:
    """Whether this request asks the API for something, and without credentials."""
    return (
        request.method == "GET"
        and request.path.startswith(f"{PREFIX}/")
        and "Authorization" not in request.headers
        and "Cookie" not in request.headers
    )


def _key() -> str:
    parts = (request.host_url, request.full_path, request.headers.get("Accept", ""))
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _pause(app: Flask, error: RedisError) -> None:
    log.warning("The cache is not used for %d seconds: %s", PAUSE, error)
    app.extensions["cache_pause"] = monotonic() + PAUSE
