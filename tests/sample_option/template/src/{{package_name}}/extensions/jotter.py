"""Notes in the memory of this process."""

from cachelib import SimpleCache
from flask import Flask, current_app

from ..env import read, whole_number


def init_app(app: Flask) -> None:
    app.extensions["jotter"] = SimpleCache(
        threshold=read("JOTTER_SIZE", whole_number(1, 100_000)) or 100,
        default_timeout=read("JOTTER_SECONDS", whole_number(1, 86_400)) or 300,
    )


def jotter() -> SimpleCache:
    """Return the notes of the current application."""
    store: SimpleCache = current_app.extensions["jotter"]
    return store
