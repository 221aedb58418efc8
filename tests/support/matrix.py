"""The covering set: the fewest projects in which every valid pair of values stands somewhere.

`python -m tests.support.matrix` prints it, the answers of one project a line.
"""

import json
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

from allpairspy import AllPairs

from .projects import stored_answers
from .questions import choice_questions, is_valid, questions

Answers = dict[str, str]
Pair = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """One project to be generated and run."""

    name: str
    items: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        """Its name in the id of a test, so marked that tests can be sorted by project."""
        return f"@{self.name}@"

    @property
    def answers(self) -> Answers:
        return dict(self.items)


@cache
def rows() -> tuple[Row, ...]:
    """The presets as they are, then what is missing of the pairs."""
    presets = [
        Row(f"preset-{preset}", tuple({"preset": preset}.items()))
        for preset in questions()["preset"].values
        if preset != "custom"
    ]
    full_answers = [choices_of(stored_answers(row.answers)) for row in presets]
    return (*presets, *(_row(answers) for answers in _pairwise(full_answers)))


def row_with(**answers: str) -> Row:
    """The first project of the covering set with these answers."""
    return next(row for row in rows() if answers.items() <= stored_answers(row.answers).items())


def choices_of(answers: Answers) -> Answers:
    """Of all answers, those to the choice questions."""
    return {name: answers[name] for name in choice_questions()}


def _row(answers: Answers) -> Row:
    # Of a switch its own name, when it is on.
    names = [question if value == "true" else value for question, value in answers.items()]
    name = "-".join(name for name in names if name not in {"none", "false"})
    return Row(name, (("preset", "custom"), *answers.items()))


def _pairwise(given: list[Answers]) -> list[Answers]:
    """What is needed beside the given rows. AllPairs misses some pairs where rows are refused."""
    names = list(choice_questions())
    values = [choice_questions()[name].values for name in names]

    def possible(row: list[str]) -> bool:
        return is_valid(dict(zip(names, row, strict=False)))

    tested = [[answers[name] for name in names] for answers in given]
    found = AllPairs(values, filter_func=possible, previously_tested=tested)
    more = [dict(zip(names, row, strict=True)) for row in found]
    missing = _valid_pairs().difference(*map(pairs_of, given + more))
    while missing:
        more.append(_fill(min(missing, key=sorted), missing))
        missing -= pairs_of(more[-1])
    return more


def pairs_of(answers: Answers) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(answers.items(), 2)}


def _valid_pairs() -> set[Pair]:
    questions = choice_questions().values()
    every = {
        frozenset({(one.name, value), (two.name, other)})
        for one, two in combinations(questions, 2)
        for value, other in product(one.values, two.values)
    }
    return {pair for pair in every if is_valid(dict(pair))}


def _fill(pair: Pair, missing: set[Pair]) -> Answers:
    """A row with this pair and, question by question, the value that brings most of the others."""
    answers = dict(pair)
    for question in choice_questions().values():
        if question.name not in answers:
            candidates = [answers | {question.name: value} for value in question.values]
            possible = [candidate for candidate in candidates if is_valid(candidate)]
            answers = max(possible, key=lambda candidate: len(pairs_of(candidate) & missing))
    return {name: answers[name] for name in choice_questions()}


if __name__ == "__main__":
    for each in rows():
        print(json.dumps(each.answers))
