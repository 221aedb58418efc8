"""The duration of the tests of generated projects, and of this repository."""

from functools import partial
from pathlib import Path
from statistics import median

from .measure import in_turn, seconds
from .projects import ROOT, clone_of_template, copy, install, run
from .report import Row

SUITES = 5
TARGETS = {"api": 5.0, "full": 15.0}
NAMES = {"api": "of the default answers", "full": "of preset=full"}
MINUTES_FOR_ALL = 15


def measure_suites(folder: Path) -> list[Row]:
    """Measure the suites of generated projects, started with the command of `make test`."""
    template = clone_of_template(folder / "template")
    suites = {}
    for preset in TARGETS:
        project = install(copy(template, folder / preset, {"preset": preset}))
        pytest = project / ".venv/bin/pytest"
        suites[preset] = partial(seconds, partial(run, pytest, "--quiet", cwd=project))
    first = in_turn(suites, 1)  # the first run compiles, and creates the embedded PostgreSQL
    times = in_turn(suites, SUITES)
    return [
        Row(
            f"A generated project's own suite, {NAMES[preset]}",
            median(times[preset]),
            "s",
            SUITES,
            at_most=target,
            detail=f"the very first run {first[preset][0]:.1f} s",
        )
        for preset, target in TARGETS.items()
    ]


def whole_suite(measured: float | None) -> list[Row]:
    """Return the row on this repository's whole suite. Run it, unless its seconds are given."""
    took = seconds(lambda: run("make", "test", cwd=ROOT)) if measured is None else measured
    return [Row("The template's whole suite", took / 60, "min", 1, at_most=MINUTES_FOR_ALL)]
