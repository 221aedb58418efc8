"""Databases with posts, for generated projects and for the bare application."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from .projects import run

TABLE = """
CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    title VARCHAR(200) NOT NULL,
    body TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
)
"""
INSERT = "INSERT INTO posts (title, body, created_at, updated_at) VALUES (?, ?, ?, ?)"

# Long enough for a signing key. It protects nothing.
SECRET_KEY = "benchmark-0123456789-abcdefghijkl"


def settings(database: Path) -> dict[str, str]:
    """Return the production variables of a project, except those of HTTPS and the access log."""
    return {
        "APP_ENV": "production",
        "SECRET_KEY": SECRET_KEY,
        "FORCE_HTTPS": "false",
        "LOG_LEVEL": "ERROR",  # not what production lacks, such as Redis
        "DATABASE_URL": f"sqlite:///{database}",
    }


def database_of(project: Path, rows: int) -> Path:
    """Create a database with a project's migrations and this number of posts.

    It replaces the one of an earlier measurement, whose posts would be counted too.
    """
    database = project / f"{rows}.sqlite3"
    for earlier in project.glob(f"{database.name}*"):  # also the write-ahead log
        earlier.unlink()
    run(project / ".venv/bin/flask", "db", "upgrade", cwd=project, **settings(database))
    _fill(database, rows)
    return database


def bare_database(folder: Path, rows: int) -> Path:
    """Create a database with the same posts, with sqlite3 and its defaults."""
    folder.mkdir(exist_ok=True)
    database = folder / f"bare-{rows}.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(TABLE)
    _fill(database, rows)
    return database


def _fill(database: Path, rows: int) -> None:
    start = datetime(2026, 1, 1, 12, 0, 0, 123456)  # noqa: DTZ001 (stored in UTC, without a zone)
    with closing(sqlite3.connect(database)) as connection, connection:
        for number in range(rows):
            moment = (start + timedelta(minutes=number)).isoformat(" ")
            body = f"This is what post {number} has to say. " * 5
            connection.execute(INSERT, (f"The title of post {number}", body, moment, moment))
