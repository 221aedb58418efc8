"""The application package. `create_app` is its table of contents."""

from collections.abc import Mapping

from flask import Flask

from . import api, cli, errors, health, logs, proxy, security
from .config import INSTANCE, load_config
from .discovery import find_features


def create_app(config: str | Mapping[str, object] | None = None) -> Flask:
    """Make the application.

    `config` is the name of an environment (`"development"`, `"testing"`, `"production"`), or a
    mapping of settings laid over that environment's own; without it, `APP_ENV` decides.

    Raises `ConfigError` when a setting cannot be used.
    """
    app = Flask(__name__, instance_path=str(INSTANCE), instance_relative_config=True)
    load_config(app, config)

    # What every application has, in the order in which a request meets it.
    for room in (logs, proxy, security, errors, api, health, cli):
        room.init_app(app)

    # What this one has besides: each module of these two folders, by its own `init_app`.
    for feature in find_features("extensions", "blueprints"):
        feature.init_app(app)

    api.add_root(app)
    return app
