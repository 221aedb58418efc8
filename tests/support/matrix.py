"""The covering set: a few projects that together have every valid pair of values.

`python -m tests.support.matrix` prints the answers of each project on a line, and their number.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

from .projects import stored_answers
from .questions import Question, choice_questions, is_possible, questions

OUTSIDE_THE_PAIRS = {"license"}
"""Questions that change only one file. Each of their values is in at least one project.

Pairing the five licenses with the four Pythons would take 20 projects.
"""

Answers = dict[str, str]
Pair = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """A project to generate and run."""

    name: str
    items: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        """The name in the id of a test, with a marker by which tests are grouped by project."""
        return f"@{self.name}@"

    @property
    def answers(self) -> Answers:
        return dict(self.items)


@cache
def rows() -> tuple[Row, ...]:
    """Return the presets, then projects with the pairs that they lack."""
    presets = [
        Row(f"preset-{preset}", tuple({"preset": preset}.items()))
        for preset in questions()["preset"].values
        if preset != "custom"
    ]
    full_answers = [choices_of(stored_answers(row.answers)) for row in presets]
    more = enumerate(_pairwise(full_answers))
    return (*presets, *(_row(_with_the_rest(answers, number)) for number, answers in more))


def answer(row: Row, name: str) -> str:
    """Return an answer of a project of the covering set.

    A row names its preset or every choice, so the presets are rendered, and not every project.
    """
    return row.answers.get(name) or stored_answers({"preset": row.answers["preset"]})[name]


def has(row: Row, answers: Answers) -> bool:
    """Return whether a project of the covering set has these answers."""
    return all(answer(row, name) == value for name, value in answers.items())


def row_with(**answers: str) -> Row:
    """Return the first project of the covering set with these answers, if possible with an API."""
    found = [row for row in rows() if has(row, answers)]
    assert found, f"no project of the covering set has {answers}"
    return min(found, key=lambda row: answer(row, "interface") == "pages")


def row_for(**answers: str) -> Row:
    """Return a project with these answers, and the first valid value for each other question."""
    return _row(_fill(answers, set()))


def row_like(**answers: str) -> Row:
    """Return a project with these answers: of the covering set if possible, which is installed anyway."""
    found = [row for row in rows() if has(row, answers)]
    return found[0] if found else row_for(**answers)


def with_each_value(rows: Sequence[Row], *names: str) -> list[Row]:
    """Return a few of these projects that together have every value of these questions."""
    values = {row: {(n, answer(row, n)) for n in names} for row in rows}
    missing = set().union(*values.values())
    chosen = []
    while missing:
        chosen.append(max(rows, key=lambda row: len(values[row] & missing)))
        missing -= values[chosen[-1]]
    return chosen


def paired_questions() -> dict[str, Question]:
    """Return the questions whose pairs of values the covering set has."""
    return {n: q for n, q in choice_questions().items() if n not in OUTSIDE_THE_PAIRS}


def choices_of(answers: Answers) -> Answers:
    """Return the answers to the paired questions."""
    return {name: answers[name] for name in paired_questions()}


def _with_the_rest(answers: Answers, number: int) -> Answers:
    """Add answers to the questions outside the pairs, in turn by the number of the row."""

    def value(question: Question) -> str:
        return question.values[number % len(question.values)]

    return {n: answers.get(n) or value(question) for n, question in choice_questions().items()}


def _row(answers: Answers) -> Row:
    # A switch that is on is shown by its name.
    names = [question if value == "true" else value for question, value in answers.items()]
    name = "-".join(name for name in names if name not in {"none", "false"})
    return Row(name, (("preset", "custom"), *answers.items()))


def _pairwise(given: list[Answers]) -> list[Answers]:
    """Return more rows, until every valid pair is covered: at each step the best of ten candidates.

    With ten candidates the set is a tenth smaller than with one; a hundred do not improve it.
    """
    more: list[Answers] = []
    missing = _valid_pairs().difference(*map(pairs_of, given))
    while missing:
        candidates = [_fill(dict(pair), missing) for pair in sorted(missing, key=sorted)[:10]]
        more.append(max(candidates, key=lambda row: len(pairs_of(row) & missing)))
        missing -= pairs_of(more[-1])
    return more


def pairs_of(answers: Answers) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(answers.items(), 2)}


def _valid_pairs() -> set[Pair]:
    questions = paired_questions().values()
    every = {
        frozenset({(one.name, value), (two.name, other)})
        for one, two in combinations(questions, 2)
        for value, other in product(one.values, two.values)
    }
    return {pair for pair in every if is_possible(dict(pair))}


def _fill(given: Answers, missing: set[Pair]) -> Answers:
    """Complete the given answers with the values that cover most of the missing pairs.

    Questions with many values come first, because they determine the number of rows.
    """
    answers = given
    for question in sorted(paired_questions().values(), key=lambda q: -len(q.values)):
        if question.name not in answers:
            candidates = [answers | {question.name: value} for value in question.values]
            possible = [candidate for candidate in candidates if is_possible(candidate)]
            answers = max(possible, key=lambda candidate: len(pairs_of(candidate) & missing))
    return {name: answers[name] for name in paired_questions()}


if __name__ == "__main__":
    for each in rows():
        print(json.dumps(each.answers))
    print(f"{len(rows())} projects", file=sys.stderr)
