"""The number of statements per request, which must not depend on the number of rows."""

import json
from pathlib import Path

from .posts import database_of, settings
from .projects import package_of, run
from .report import Row

INSIDE = Path(__file__).with_name("inside.py")
ROWS = (1, 100)
TARGETS = {"list": 2, "detail": 1}


def measure_queries(projects: dict[str, Path]) -> list[Row]:
    """Measure the queries of the installed projects, by name."""
    most = dict.fromkeys(TARGETS, 0)
    details: dict[str, list[str]] = {name: [] for name in TARGETS}
    for layer, project in projects.items():
        sent = [statements_of(project, rows) for rows in ROWS]
        for name in TARGETS:
            numbers = [len(found[name]["queries"]) for found in sent]
            most[name] = max(most[name], *numbers)
            others = " ".join(sent[-1][name]["housekeeping"])
            details[name].append(f"{layer} {max(numbers)} ({others})")
    return [
        Row(
            f"Queries of a {name} request, the most of {ROWS[0]} and {ROWS[1]} rows",
            most[name],
            "queries",
            len(projects) * len(ROWS),
            at_most=target,
            detail=", ".join(details[name]),
        )
        for name, target in TARGETS.items()
    ]


def statements_of(project: Path, rows: int) -> dict[str, dict[str, list[str]]]:
    """Return the queries and the transaction statements of a list and a detail request."""
    command = (project / ".venv/bin/python", INSIDE, "queries", package_of(project))
    statements: dict[str, dict[str, list[str]]] = json.loads(
        run(*command, cwd=project, **settings(database_of(project, rows)))
    )
    return statements
