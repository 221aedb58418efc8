"""What each option adds to a project, collected from the modules of tests/options/.

options/ lists the files that a project lacks. tests/options/ lists independently the files that it
has, so that a test finds a wrong line in either.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from . import options
from .options.rules import Answers, Rule

MODULES: dict[str, ModuleType] = {
    module.name: import_module(f"{options.__name__}.{module.name}")
    for module in iter_modules(options.__path__)
    if module.name != "rules"
}


def of_all(name: str) -> list[tuple[str, Any]]:
    """Return the values of this name in the modules, each with its question."""
    return [(question, getattr(m, name)) for question, m in MODULES.items() if hasattr(m, name)]


def rules(name: str) -> list[Rule]:
    return [rule for _, found in of_all(name) for rule in found]


FILES = rules("FILES")
DEPENDENCIES = rules("DEPENDENCIES")
DEV_DEPENDENCIES = rules("DEV_DEPENDENCIES")
TARGETS = rules("TARGETS")

WORDS: dict[tuple[str, str], list[str]] = {
    (question, value): words
    for question, found in of_all("WORDS")
    for value, words in found.items()
}
WORDS_OF_SEVERAL: dict[tuple[str, frozenset[str]], list[str]] = {
    (question, frozenset(values)): words
    for question, found in of_all("WORDS_OF_SEVERAL")
    for values, words in found.items()
}
SHARED_WORDS = rules("SHARED_WORDS")
NO_WORDS: dict[tuple[str, str], str] = {
    (question, value): reason
    for question, found in of_all("NO_WORDS")
    for value, reason in found.items()
}
BRINGS: dict[tuple[str, str], str] = {
    (question, value): words
    for question, found in of_all("BRINGS")
    for value, words in found.items()
}
UNNAMED = (NO_WORDS.keys() - BRINGS.keys()) | {
    (question, value) for question, found in of_all("UNNAMED") for value in found
}
IMPOSSIBLE: set[frozenset[tuple[str, str]]] = {
    answers for _, found in of_all("IMPOSSIBLE") for answers in found
}
NEVER_TOGETHER: set[frozenset[tuple[str, str]]] = {
    answers for _, found in of_all("NEVER_TOGETHER") for answers in found
}


def expected(rules: list[Rule], answers: Answers) -> set[str]:
    """Return the names that these answers bring."""
    return {name for rule, names in rules if rule(answers) for name in names.split()}
