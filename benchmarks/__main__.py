"""Measure everything, or only the named parts: `python -m benchmarks [part …]`."""

import argparse
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from .copying import measure_copying, measure_first_response
from .projects import clone_of_template, copy, install, versions_of
from .queries import measure_queries
from .report import Row, page, table
from .serving import TARGETS as LAYERS
from .serving import VARIANTS, measure_serving
from .suites import measure_suites, whole_suite

RESULTS = Path(__file__).with_name("RESULTS.md")
SAME = {"preset": "custom", "database": "sqlite", "server": "gunicorn"}


def main() -> None:
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        parts = _parts(Path(temporary))
        arguments = _arguments(list(parts))
        rows: list[Row] = []
        for name in arguments.parts or parts:
            measured = parts[name]()
            print(f"{name}\n\n{table(measured)}", flush=True)
            rows += measured
        if arguments.with_suite or arguments.suite_seconds is not None:
            rows += whole_suite(arguments.suite_seconds)
        if not arguments.parts:
            versions = versions_of(_projects(Path(temporary)).values())
            RESULTS.write_text(page(rows, versions, os.cpu_count() or 1))
            print("Written: benchmarks/RESULTS.md")


def _parts(folder: Path) -> dict[str, Callable[[], list[Row]]]:
    """Return the parts that can be measured. Each one works in a separate folder."""

    def new(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    return {
        "copying": lambda: measure_copying(new("copying")),
        "first-response": lambda: measure_first_response(new("first-response")),
        "serving": lambda: measure_serving(_projects(folder), new("serving")),
        "queries": lambda: measure_queries({n: _projects(folder)[n] for n in LAYERS}),
        "suites": lambda: measure_suites(new("suites")),
    }


@cache
def _projects(folder: Path) -> dict[str, Path]:
    """Install a project for each data layer and each variant; with SQLite and gunicorn."""
    template = clone_of_template(folder / "template")
    different = {layer: {"data_layer": layer} for layer in LAYERS} | VARIANTS
    return {
        name: install(copy(template, folder / name.replace(" ", "-"), {**SAME, **answers}))
        for name, answers in different.items()
    }


def _arguments(parts: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures everything and writes RESULTS.md, or only prints the parts named.",
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one of {', '.join(parts)}")
    suite = parser.add_mutually_exclusive_group()
    suite.add_argument("--with-suite", action="store_true", help="also run `make test` (minutes)")
    suite.add_argument(
        "--suite-seconds", type=float, metavar="N", help="how long `make test` took elsewhere"
    )
    arguments = parser.parse_args()
    for part in arguments.parts:
        if part not in parts:
            parser.error(f"{part} is none of {', '.join(parts)}")
    return arguments


if __name__ == "__main__":
    main()
