"""Measure candidates in rounds, and reduce the figures to one.

The speed of a machine changes from minute to minute. Candidates are therefore measured in rounds:
A, B, C, A, B, C. A ratio is computed within each round, and the result is the median of the ratios.
A single disturbed round does not change it.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter

Measurement = Callable[[], float]


def in_turn(candidates: Mapping[str, Measurement], rounds: int) -> dict[str, list[float]]:
    """Measure every candidate once a round; return the figures of each, in the order of rounds."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            figures[name].append(measure())
    return figures


def ratio(figures: Sequence[float], baseline: Sequence[float]) -> float:
    """Return the median of the ratios of two candidates, each computed within one round."""
    return median(figure / compared for figure, compared in zip(figures, baseline, strict=True))


def seconds(work: Callable[[], object]) -> float:
    """Return the duration of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start
