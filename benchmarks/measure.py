"""Measures candidates in turn, and reduces what was measured to one figure.

A machine is faster in one minute than in the next. So candidates are never measured one after the
other, but in rounds: A, B, C, A, B, C. A ratio is taken within each round, and of the ratios the
median counts. One round that something else disturbed then moves no result.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter

Measurement = Callable[[], float]


def in_turn(candidates: Mapping[str, Measurement], rounds: int) -> dict[str, list[float]]:
    """Measure every candidate once a round; return the figures of each, in order of rounds."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            figures[name].append(measure())
    return figures


def ratio(figures: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of the ratios of two candidates, each taken within one round."""
    return median(figure / compared for figure, compared in zip(figures, baseline, strict=True))


def seconds(work: Callable[[], object]) -> float:
    """How long this takes once."""
    start = perf_counter()
    work()
    return perf_counter() - start
