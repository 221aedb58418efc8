"""Conditions on answers."""

from collections.abc import Callable

Answers = dict[str, str]
Condition = Callable[[Answers], bool]
Rule = tuple[Condition, str]
"""A condition, and the names that it brings, separated by white space."""


def always(_: Answers) -> bool:
    return True


def given(**answers: str) -> Condition:
    return lambda a: answers.items() <= a.items()


def unless(**answers: str) -> Condition:
    return lambda a: not answers.items() & a.items()


def both(*conditions: Condition) -> Condition:
    return lambda a: all(condition(a) for condition in conditions)


def has_database_server(a: Answers) -> bool:
    return a["database"] in {"postgresql", "mysql"}


def impossible(*answers: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(answers)
