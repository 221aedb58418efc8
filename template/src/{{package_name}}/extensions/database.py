"""Binds the database to the application: its errors, migrations, probes and `flask seed`."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from weakref import ref

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app, request
from flask.cli import with_appcontext
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate, upgrade
from sqlalchemy import Connection, Engine, exc, text
from werkzeug.exceptions import ServiceUnavailable

from ..config import ROOT
from ..db import db, reads_only
from ..discovery import find_in_blueprints
from ..engine import database_url, is_refused_write, is_unavailable
from ..env import ConfigError
from ..health import NotReadyError, add_check

MIGRATIONS = str(ROOT / "migrations")

log = logging.getLogger(__name__)


class ReadOnlyRequestError(RuntimeError):
    """A request that may only read has written. The message names the cure."""


def init_app(app: Flask) -> None:
    if "DATABASE_URL" not in app.config:
        if app.testing:
            raise ConfigError("DATABASE_URL is not given; tests name a database of their own.")
        app.config["DATABASE_URL"] = database_url(app.config["APP_ENV"])
    db.init_app(app)

    # All models are imported here, so that no migration misses a table.
    list(find_in_blueprints("models"))
    Migrate(app, db, directory=MIGRATIONS)
    app.cli.add_command(seed)
    app.cli.add_command(prepare)

    add_check(app, "database", _check_database)
    add_check(app, "migrations", _check_migrations)

    with app.app_context():
        engine = db.engine
    _empty_pool_after_fork(engine)
    # Raised by SQLAlchemy, or by the driver itself when a connection is used without it; the last
    # when no connection became free in time.
    driver = engine.dialect.loaded_dbapi
    for error in (
        *(exc.OperationalError, driver.OperationalError),
        *(exc.InternalError, driver.InternalError),
        exc.TimeoutError,
    ):
        app.register_error_handler(error, _handle_database_error)


@click.command()
@with_appcontext
def seed() -> None:
    """Add sample rows, unless there are rows already. Safe to run again."""
    for feature in find_in_blueprints("seeds"):
        blueprint = feature.__package__.rpartition(".")[2]
        with one_line_errors(f"{blueprint} cannot be seeded"):
            written = feature.seed()
        click.echo(f"{blueprint}: {written} written")


@contextmanager
def one_line_errors(what: str) -> Iterator[None]:
    """Have a command end with one line when the database refuses something, and not with a traceback."""
    driver = db.engine.dialect.loaded_dbapi
    try:
        yield
    except (exc.DBAPIError, driver.Error) as error:
        log.debug("The traceback of what failed", exc_info=error)
        reason = _explain(getattr(error, "orig", error))
        raise click.ClickException(f"{what}: {reason}") from None


def _explain(error: BaseException) -> str:
    reason = " ".join(str(error).split())
    if is_unavailable(error):
        return reason
    return (
        f"{reason}. If a model and its table differ, write the migration (make db-migrate M=…) and "
        "run it (make db-upgrade). LOG_LEVEL=DEBUG shows the traceback."
    )


@click.command()
@with_appcontext
@click.pass_context
def prepare(context: click.Context) -> None:
    """Upgrade the database to the newest migration, then seed it."""
    upgrade()
    context.invoke(seed)


def _connect_to_read() -> Connection:
    """Return a connection for a check, which must not wait for a writer."""
    return db.engine.execution_options(reads_only=True).connect()


def _check_database() -> None:
    with _connect_to_read() as connection:
        connection.execute(text("SELECT 1"))


def _check_migrations() -> None:
    with _connect_to_read() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    heads, known = _revisions()
    if len(heads) > 1:
        raise NotReadyError("two heads: run `flask db merge heads`, then `flask db upgrade`")
    # A revision not known here is of a newer release, which keeps what this one needs.
    if current != heads and current <= known:
        raise NotReadyError("behind: run `flask db upgrade`")


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """The newest revisions in the migrations folder, of which there should be one, and all."""
    scripts = ScriptDirectory(MIGRATIONS)
    return frozenset(scripts.get_heads()), frozenset(s.revision for s in scripts.walk_revisions())


def _handle_database_error(error: Exception) -> ResponseReturnValue:
    cause = getattr(error, "orig", error)
    if reads_only() and is_refused_write(cause):
        raise ReadOnlyRequestError(
            f"{request.method} {request.path} wrote to the database, but may only read. Write on "
            "POST, PUT, PATCH or DELETE; or add @writes (from db.py) below the route of the view."
        ) from error
    if not isinstance(error, exc.TimeoutError) and not is_unavailable(cause):
        raise error  # a programming error: 500, or the debugger
    log.error("The database cannot be used", exc_info=error)
    unavailable = ServiceUnavailable("The database cannot be used right now.", retry_after=5)
    return current_app.handle_http_exception(unavailable)


def _empty_pool_after_fork(engine: Engine) -> None:
    """Empty the pool in a forked worker: two processes must not share a connection."""
    reference = ref(engine)

    def empty() -> None:
        inherited = reference()
        if inherited is not None:
            inherited.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=empty)
