"""The questions of the template, read from copier.yml and the folders of the options."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from copier._template import load_template_config

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = REPOSITORY / "options"


@dataclass(frozen=True)
class Question:
    """A question that the user or a preset answers."""

    name: str
    type: str
    help: str
    choices: dict[str, str]
    """The values by their labels; empty for a free-text question."""

    default: Any
    validator: str
    depends_on_preset: bool
    several: bool = False
    """Whether the user may choose several values."""

    @property
    def values(self) -> list[str]:
        return list(self.choices.values())


@dataclass(frozen=True)
class Refusal:
    """Values of a question that require one of several values of earlier questions."""

    question: str
    values: tuple[str, ...]
    needs: dict[str, tuple[str, ...]]
    """The required values by question. One of the questions is enough."""

    choose: str
    """The values to choose instead."""

    def forbids(self, answers: dict[str, str]) -> bool:
        return answers.get(self.question) in self.values and all(
            other in answers and answers[other] not in allowed
            for other, allowed in self.needs.items()
        )

    @property
    def combinations(self) -> list[frozenset[tuple[str, str]]]:
        """The combinations of answers that are refused."""
        wrong = [
            [(other, value) for value in questions()[other].values if value not in allowed]
            for other, allowed in self.needs.items()
        ]
        own = [(self.question, value) for value in self.values]
        return [frozenset(answers) for answers in product(own, *wrong)]


@cache
def specification() -> dict[str, Any]:
    return load_template_config(REPOSITORY / "copier.yml")


@cache
def questions() -> dict[str, Question]:
    """Return the questions whose answers are stored, by name, in the order of copier.yml."""
    return {name: q for name, q in _every_question().items() if not q.several}


@cache
def prompts() -> dict[str, Question]:
    """Return the prompts at a terminal, in order. One menu has all of the switches."""
    return {name: q for name, q in _every_question().items() if name not in switches()}


@cache
def switches() -> dict[str, dict[str, Any]]:
    """Return the contents of each `switch.yml`, by name."""
    found = [yaml.safe_load(p.read_text("utf-8")) for p in sorted(OPTIONS.glob("*/switch.yml"))]
    return {switch["name"]: switch for [switch] in found}


@cache
def _every_question() -> dict[str, Question]:
    return {
        name: Question(
            name=name,
            type=spec["type"],
            help=" ".join(spec["help"].split()),
            choices=choices_of(spec),
            default=spec.get("default"),
            validator=spec.get("validator", ""),
            depends_on_preset=name in switches() or "preset" in str(spec.get("ask", "")),
            several=spec.get("multiselect", False),
        )
        for name, spec in specification().items()
        if not name.startswith("_") and spec.get("when") is not False
    }


def choices_of(spec: dict[str, Any]) -> dict[str, str]:
    """Return the values of a question by their labels; none for a free-text question."""
    if spec.get("multiselect"):
        return {switch["label"]: name for name, switch in switches().items()}
    if spec["type"] == "bool":
        return {"yes": "true", "no": "false"}
    choices = spec.get("choices", {})
    if isinstance(choices, list):
        return {choice: choice for choice in choices}
    # A choice with a validator is a mapping.
    return {n: c["value"] if isinstance(c, dict) else c for n, c in choices.items()}


def choice_questions() -> dict[str, Question]:
    """Return the questions with a fixed set of values, except the preset, which only sets defaults."""
    return {n: q for n, q in questions().items() if q.choices and n != "preset"}


def free_text_questions() -> dict[str, Question]:
    return {n: q for n, q in questions().items() if not q.choices}


def as_text(value: object) -> str:
    """Return an answer in the form that `--data` takes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def words(values: list[object]) -> tuple[str, ...]:
    return tuple(map(as_text, values))


@cache
def refusals() -> tuple[Refusal, ...]:
    """Return the combinations that the template refuses, from its `refusals.yml`."""
    return tuple(
        Refusal(
            r["question"],
            words(r["values"]),
            {other: words(allowed) for other, allowed in r["needs"].items()},
            r["choose"],
        )
        for path in sorted(OPTIONS.glob("*/refusals.yml"))
        for r in yaml.safe_load(path.read_text(encoding="utf-8"))
    )


def reserved_names() -> str:
    """Return the reserved package names, separated by white space."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(OPTIONS.glob("*/reserved.txt"))]
    return re.sub(r"\{#.*?#\}", "", "\n".join(texts))


def is_valid(answers: dict[str, str]) -> bool:
    """Return whether these answers, which may be incomplete, can be combined."""
    return not any(refusal.forbids(answers) for refusal in refusals())


def is_possible(answers: dict[str, str]) -> bool:
    """Return whether the questions that are left can be answered so that all can be combined."""
    restricted = {name for refusal in refusals() for name in (refusal.question, *refusal.needs)}
    return _is_possible(frozenset((n, v) for n, v in answers.items() if n in restricted))


@cache
def _is_possible(answers: frozenset[tuple[str, str]]) -> bool:
    known = dict(answers)
    if not is_valid(known):
        return False
    # The next question that an answer so far has something to do with, if there is one.
    for refusal in refusals():
        names = {refusal.question, *refusal.needs}
        left = sorted(names - known.keys())
        if left and names & known.keys():
            values = questions()[left[0]].values
            return any(_is_possible(answers | {(left[0], value)}) for value in values)
    return True
