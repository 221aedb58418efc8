"""The covering set has every valid pair of answers, counted independently of its computation."""

import re
from itertools import combinations, product
from pathlib import Path

import pytest

from tests.plan import IMPOSSIBLE, MODULES, NEVER_TOGETHER
from tests.support.matrix import choices_of, rows
from tests.support.projects import render, stored_answers
from tests.support.questions import OPTIONS, REPOSITORY, choice_questions, questions, refusals

Pair = frozenset[tuple[str, str]]


def all_pairs() -> set[Pair]:
    """Return every pair of values of two choice questions, even invalid ones, without the license."""
    pairs: set[Pair] = set()
    paired = [question for name, question in choice_questions().items() if name != "license"]
    for first, second in combinations(paired, 2):
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


def test_every_possible_pair_is_in_some_row() -> None:
    missing = all_pairs() - IMPOSSIBLE - NEVER_TOGETHER - covered_pairs()
    assert not missing, (
        f"{len(missing)} pairs are in no row, for example {sorted(map(sorted, missing))[:3]}"
    )


def test_every_license_is_in_some_row() -> None:
    found = {stored_answers(row.answers)["license"] for row in rows()}
    assert found == set(questions()["license"].values)


def test_the_covering_set_is_small() -> None:
    """Each row is a project to install and run. With the license in the pairs, there are 27."""
    assert len(rows()) <= 26


def test_no_row_is_impossible() -> None:
    assert not covered_pairs() & (IMPOSSIBLE | NEVER_TOGETHER)


def test_every_preset_is_a_row() -> None:
    presets = {row.answers["preset"] for row in rows()}
    assert presets == set(questions()["preset"].values)


def test_every_answer_of_a_row_is_stored() -> None:
    for row in rows():
        assert set(row.answers) <= set(questions())
        stored = stored_answers(row.answers)
        assert {name: stored[name] for name in row.answers} == row.answers


def test_an_unknown_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="databse"):
        render({"databse": "sqlite"}, tmp_path)


def test_the_refusals_match_the_list() -> None:
    refused = {combination for refusal in refusals() for combination in refusal.combinations}
    assert refused == IMPOSSIBLE


def test_copier_yml_includes_every_option_and_each_has_a_module() -> None:
    contents = (REPOSITORY / "copier.yml").read_text(encoding="utf-8")
    included = re.findall(r"^- !include options/(\w+)/question\.yml$", contents, re.MULTILINE)
    assert sorted(included) == sorted(path.parent.name for path in OPTIONS.glob("*/question.yml"))
    assert set(MODULES) - {"project"} <= set(included)
    assert {"project", *choice_questions()} <= set(MODULES)
