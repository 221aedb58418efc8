"""The application package. `create_app` is its table of contents."""

from collections.abc import Mapping

from flask import Flask

from . import cli, errors, health, logs, proxy, security
from .application import Application
from .config import load_config
from .discovery import find_blueprints, find_extensions


def create_app(config: str | Mapping[str, object] | None = None) -> Flask:
    """Make the application.

    `config` is the name of an environment (`"development"`, `"testing"`, `"production"`), or a
    mapping of settings laid over that environment's own; without it, `APP_ENV` decides.

    Raises `ConfigError` when a setting cannot be used.
    """
    app = Application(__name__)
    load_config(app, config)

    # What every application has, in the order in which a request meets it.
    for module in (logs, proxy, security, errors, health, cli):
        module.init_app(app)

    # In the order of their list, as one may need another.
    for extension in find_extensions():
        extension.init_app(app)

    # The features: each package in blueprints/.
    for blueprint in find_blueprints():
        blueprint.init_app(app)

    security.log_weaknesses(app)
    return app
