"""The list of posts with only Flask and sqlite3: the baseline for generated projects.

The code follows Flask's tutorial. It returns the same JSON as a generated project, without input
validation, security headers and request ids.
"""

# It runs in the environment of a generated project. That of this repository has no Flask.
# mypy: disable-error-code="import-not-found, untyped-decorator"

import os
import sqlite3
from math import ceil
from typing import Any

from flask import Flask, g, jsonify, request

app = Flask(__name__)


def database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = sqlite3.connect(os.environ["BARE_DATABASE"])
        g.database.row_factory = sqlite3.Row
    connection: sqlite3.Connection = g.database
    return connection


@app.teardown_appcontext
def close_database(error: BaseException | None) -> None:
    connection = g.pop("database", None)
    if connection is not None:
        connection.close()


@app.get("/api/v1/posts")
def posts() -> Any:
    page = request.args.get("page", 1, type=int)
    per_page = request.args.get("per_page", 20, type=int)
    total = database().execute("SELECT count(*) FROM posts").fetchone()[0]
    rows = database().execute(
        "SELECT id, title, body, created_at, updated_at FROM posts"
        " ORDER BY id DESC LIMIT ? OFFSET ?",
        (per_page, (page - 1) * per_page),
    )
    return jsonify(
        items=[
            {
                "id": row["id"],
                "title": row["title"],
                "body": row["body"],
                "created_at": in_iso(row["created_at"]),
                "updated_at": in_iso(row["updated_at"]),
            }
            for row in rows
        ],
        page=page,
        per_page=per_page,
        total=total,
        pages=ceil(total / per_page),
    )


def in_iso(moment: str) -> str:
    return moment.replace(" ", "T") + "Z"
