"""The covering set covers: counted here anew, in another way than it is computed."""

import re
from itertools import combinations, product
from pathlib import Path

import pytest

from tests.plan import IMPOSSIBLE, MODULES
from tests.support.matrix import choices_of, rows
from tests.support.projects import render, stored_answers
from tests.support.questions import OPTIONS, REPOSITORY, choice_questions, questions, refusals

Pair = frozenset[tuple[str, str]]


def all_pairs() -> set[Pair]:
    """Every pair of values of two choice questions, possible or not."""
    pairs: set[Pair] = set()
    for first, second in combinations(choice_questions().values(), 2):
        for one, other in product(first.values, second.values):
            pairs.add(frozenset({(first.name, one), (second.name, other)}))
    return pairs


def covered_pairs() -> set[Pair]:
    covered: set[Pair] = set()
    for row in rows():
        covered |= {
            frozenset(p) for p in combinations(choices_of(stored_answers(row.answers)).items(), 2)
        }
    return covered


def test_every_possible_pair_stands_in_some_row() -> None:
    missing = all_pairs() - IMPOSSIBLE - covered_pairs()
    assert not missing, (
        f"{len(missing)} pairs in no row, for instance {sorted(map(sorted, missing))[:3]}"
    )


def test_no_row_is_impossible() -> None:
    assert not covered_pairs() & IMPOSSIBLE


def test_every_preset_is_a_row() -> None:
    presets = {row.answers["preset"] for row in rows()}
    assert presets == set(questions()["preset"].values)


def test_every_key_of_a_row_is_a_question_and_is_kept() -> None:
    for row in rows():
        assert set(row.answers) <= set(questions())
        stored = stored_answers(row.answers)
        assert {name: stored[name] for name in row.answers} == row.answers


def test_an_unknown_key_is_refused_here(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="databse"):
        render({"databse": "sqlite"}, tmp_path)


def test_the_refusals_are_those_listed_by_hand() -> None:
    refused = {combination for refusal in refusals() for combination in refusal.combinations}
    assert refused == IMPOSSIBLE


def test_the_contents_page_lists_every_option_and_each_has_its_module() -> None:
    contents = (REPOSITORY / "copier.yml").read_text(encoding="utf-8")
    included = re.findall(r"^- !include options/(\w+)/question\.yml$", contents, re.MULTILINE)
    assert sorted(included) == sorted(path.parent.name for path in OPTIONS.glob("*/question.yml"))
    assert set(MODULES) - {"project"} <= set(included)
    assert {"project", *choice_questions()} <= set(MODULES)
