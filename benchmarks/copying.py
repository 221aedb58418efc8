"""The duration of a copy, and the time from there to the first response of the application."""

from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

from .measure import in_turn, ratio, seconds
from .projects import (
    clone_of_template,
    commit_all,
    copy,
    first_response,
    free_port,
    install,
    running,
)
from .report import Row

COPIES = 15
FIRST_RESPONSES = 5


def measure_copying(folder: Path) -> list[Row]:
    """Compare `copier copy` with a copy of a template that has one file and no questions."""
    templates = {
        "this template": clone_of_template(folder / "template"),
        "empty": _empty_template(folder / "empty"),
    }
    numbers = count()

    def copy_once(template: Path) -> float:
        return seconds(lambda: copy(template, folder / f"copy-{next(numbers)}"))

    candidates = {name: partial(copy_once, path) for name, path in templates.items()}
    in_turn(candidates, 1)  # warms up
    times = in_turn(candidates, COPIES)
    ours, empty = median(times["this template"]), median(times["empty"])
    return [
        Row(
            "`copier copy`, default answers, against an empty template",
            ratio(times["this template"], times["empty"]),
            "ratio",
            COPIES,
            at_most=1.6,
            detail=f"{ours:.2f} against {empty:.2f} s",
        )
    ]


def measure_first_response(folder: Path) -> list[Row]:
    """Measure the time from `copier copy` to the first 200 of a running application."""
    template = clone_of_template(folder / "template")
    install(copy(template, folder / "warm"))  # fills the package cache
    copies: list[float] = []
    totals: list[float] = []
    for number in range(FIRST_RESPONSES):
        start = perf_counter()
        project = copy(template, folder / f"project-{number}")
        copies.append(perf_counter() - start)
        port = free_port()
        with running("make", "run", f"PORT={port}", cwd=project):
            first_response(f"http://127.0.0.1:{port}/api/v1/posts")
            totals.append(perf_counter() - start)
    return [
        Row(
            "From `copier copy` to the first 200 of a running app, warm package cache",
            median(totals),
            "s",
            FIRST_RESPONSES,
            at_most=10,
            detail=f"of which `copier copy` {median(copies):.1f} s",
        )
    ]


def _empty_template(folder: Path) -> Path:
    folder.mkdir()
    (folder / "README.md").write_text("Nothing else.\n")
    commit_all(folder)
    return folder
