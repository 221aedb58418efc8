"""The results as rows of a table, and the table as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure with its target. A row without a target is for information."""

    what: str
    figure: float
    unit: str
    runs: int
    at_most: float | None = None
    at_least: float | None = None
    detail: str = ""

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {_limit(self.at_most, self.unit)}"
        if self.at_least is not None:
            return f"≥ {_limit(self.at_least, self.unit)}"
        return ""

    @property
    def verdict(self) -> str:
        if self.at_most is not None:
            return "met" if self.figure <= self.at_most else "**missed**"
        if self.at_least is not None:
            return "met" if self.figure >= self.at_least else "**missed**"
        return ""


HEADINGS = ("What", "Figure", "Target", "Target is", "Runs", "In detail")

INTRODUCTION = """\
# Results

Written by `make bench`; do not edit. The candidates of a row are measured in turn, round after
round. A ratio is the median of the ratios within a round, any other figure is a median.
"""


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    for row in rows:
        figure = _number(row.figure, row.unit)
        lines.append(_line([row.what, figure, row.target, row.verdict, str(row.runs), row.detail]))
    return "\n".join(lines) + "\n"


def page(rows: Sequence[Row], versions: Mapping[str, str], cores: int) -> str:
    """Return the text of RESULTS.md."""
    used = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{INTRODUCTION}\n{table(rows)}\nMeasured on {cores} cores with {used}.\n"


def _number(value: float, unit: str) -> str:
    if unit == "queries":
        return f"{value:.0f}"
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:.1f} {unit}" if value >= 1 else f"{value:.2f} {unit}"


def _limit(value: float, unit: str) -> str:
    return f"{value:g} {unit}" if unit in {"s", "min"} else _number(value, unit)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
