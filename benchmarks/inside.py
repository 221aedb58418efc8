"""Script for a generated project's environment: `inside.py payload|queries|versions <package>`.

It imports the project, so it cannot import modules of this folder. It prints JSON.
"""

# The environment of this repository has neither Flask nor SQLAlchemy.
# mypy: disable-error-code="import-not-found, untyped-decorator"

import json
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

LIST = "/api/v1/posts?per_page=100"
DETAIL = "/api/v1/posts/1"

PACKAGES = [
    "Flask",
    "Werkzeug",
    "SQLAlchemy",
    "Flask-SQLAlchemy",
    "aiosql",
    "pydantic",
    "marshmallow",
    "gunicorn",
]

# Statements that set up, begin or end a transaction are not counted as queries.
HOUSEKEEPING = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


def main(task: str, package: str) -> Any:
    if task == "versions":
        return versions()
    app = import_module("bare").app if package == "bare" else import_module(package).create_app()
    if task == "payload":
        return app.test_client().get(LIST).get_json()
    return queries(app, package)


def versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def queries(app: Any, package: str) -> dict[str, dict[str, list[str]]]:
    """Return the statements of a list and a detail request, on an open connection."""
    with app.app_context():
        engine = import_module(f"{package}.db").db.engine
    client = app.test_client()
    with tracing(engine) as statements:
        client.get(LIST)  # the first connection sends additional statements
        found = {}
        for name, path in {"list": LIST, "detail": DETAIL}.items():
            statements.clear()
            response = client.get(path)
            assert response.status_code == 200, response.text
            found[name] = {
                "queries": [s for s in statements if not s.upper().startswith(HOUSEKEEPING)],
                "housekeeping": [s for s in statements if s.upper().startswith(HOUSEKEEPING)],
            }
    return found


@contextmanager
def tracing(engine: Any) -> Iterator[list[str]]:
    """Collect all statements that SQLite runs for this engine, including those of the driver."""
    from sqlalchemy import event

    statements: list[str] = []

    def trace(connection: Any, record: Any) -> None:
        connection.set_trace_callback(lambda statement: statements.append(statement.strip()))

    event.listen(engine, "connect", trace)
    yield statements
    event.remove(engine, "connect", trace)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
