"""The arithmetic of the benchmarks, and the equality of the payloads that they compare.

These tests do not measure speed: `make bench` does.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.measure import in_turn, ratio
from benchmarks.projects import clone_of_template, copy, install
from benchmarks.queries import statements_of
from benchmarks.report import Row, page, table
from benchmarks.serving import (
    PEERS,
    POSTS,
    bare_payload,
    insist_on_same_payload,
    install_peers,
    project_payload,
    serve_peer,
)


def test_candidates_are_measured_in_turn() -> None:
    order = []

    def candidate(name: str) -> float:
        order.append(name)
        return float(len(order))

    figures = in_turn({"a": lambda: candidate("a"), "b": lambda: candidate("b")}, rounds=3)

    assert order == ["a", "b", "a", "b", "a", "b"]
    assert figures == {"a": [1, 3, 5], "b": [2, 4, 6]}


def test_ratio_is_taken_within_rounds() -> None:
    # The machine slowed down by a factor of ten after the first round, and one round was disturbed.
    assert ratio([1, 10, 990], [2, 20, 20]) == 0.5


def test_ratio_requires_the_same_number_of_rounds() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (Row("A", 1.6, "ratio", 5, at_most=1.6), "| A | 1.60 | ≤ 1.60 | met | 5 |  |"),
        (Row("A", 1.61, "ratio", 5, at_most=1.6), "| A | 1.61 | ≤ 1.60 | **missed** | 5 |  |"),
        (Row("A", 0.9, "ratio", 5, at_least=0.9), "| A | 0.90 | ≥ 0.90 | met | 5 |  |"),
        (Row("A", 0.8, "ratio", 5, at_least=0.9), "| A | 0.80 | ≥ 0.90 | **missed** | 5 |  |"),
        (Row("A", 12.34, "s", 3, at_most=15), "| A | 12.3 s | ≤ 15 s | met | 3 |  |"),
        (Row("A", 0.345, "s", 3, detail="b"), "| A | 0.34 s |  |  | 3 | b |"),
        (Row("A", 2, "queries", 6, at_most=2), "| A | 2 | ≤ 2 | met | 6 |  |"),
    ],
)
def test_table_row(row: Row, cells: str) -> None:
    assert table([row]).splitlines()[2] == cells


def test_page_lists_the_versions() -> None:
    text = page([Row("A", 1, "s", 1)], {"Flask": "3.1.3", "Copier": "9.19.1"}, cores=2)

    assert "| A | 1.0 s |" in text
    assert text.endswith("Measured on 2 cores with Flask 3.1.3, Copier 9.19.1.\n")


@pytest.mark.project
def test_bare_application_returns_the_payload_of_a_generated_one(tmp_path: Path) -> None:
    template = clone_of_template(tmp_path / "template")
    project = install(copy(template, tmp_path / "project", {"preset": "api"}))

    payload = project_payload(project)

    assert isinstance(payload, dict)
    assert (len(payload["items"]), payload["total"]) == (100, POSTS)
    assert bare_payload(project, tmp_path) == payload

    # Only queries are counted as queries, and all of them are.
    statements = statements_of(project, rows=1)
    assert all(sql.startswith("SELECT") for sql in statements["detail"]["queries"])
    assert statements["detail"]["queries"]
    assert "BEGIN" in statements["detail"]["housekeeping"]


@pytest.mark.project
def test_peers_return_the_payload_of_the_bare_application(tmp_path: Path) -> None:
    environment = install_peers(tmp_path / "peers")
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(serve_peer(name, environment, tmp_path)) for name in PEERS
        }
        insist_on_same_payload({"bare": ports["tutorial"], **ports})
