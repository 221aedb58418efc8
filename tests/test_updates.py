"""Projects that follow the template: each is then what it would have been from the start.

Nothing is installed here. `make flips` changes every answer of every row of the covering set; without
it each value is tried on one row.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import copier
import pytest

from tests.support.matrix import Row, rows
from tests.support.projects import NAMED, contents, render, rendered, stored_answers, workshop
from tests.support.questions import choice_questions, free_text_questions, questions, refusals
from tests.support.releases import NEXT, Release, commit, git, releases, tagged_source

pytestmark = pytest.mark.project

Change = tuple[Row, str, str]

# Another text for each question that has no list of values. The package's name never changes.
TEXTS = {
    "project_name": "Another Name",
    "description": "Another sentence, with a 'quote' in it.",
    "author_name": "Ada Lovelace",
    "author_email": "ada@example.org",
}


# Made once, and changed by no update.
THE_USERS_OWN = ("README.md", "tests/conftest.py")


@pytest.fixture(autouse=True)
def copier_works_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update writes three projects and some repositories: on a disk it takes half as long again."""
    monkeypatch.setattr(tempfile, "tempdir", str(workshop()))


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for one test."""
    with tempfile.TemporaryDirectory(dir=workshop()) as folder:
        yield Path(folder)


def tree(project: Path) -> dict[str, bytes]:
    """Its files, less what says from which copy of the template they came."""
    files = {path: text for path, text in contents(project).items() if not path.startswith(".git/")}
    answers = files[".copier-answers.yml"].splitlines(keepends=True)
    kept = [line for line in answers if not line.startswith((b"_commit", b"_src_path"))]
    return files | {".copier-answers.yml": b"".join(kept)}


def update(project: Path, version: str) -> None:
    copier.run_update(
        project,
        defaults=True,
        overwrite=True,
        quiet=True,
        vcs_ref=f"v{version}",
        context_lines=100_000,
    )


def change(project: Path, answers: dict[str, str]) -> None:
    copier.run_update(
        project,
        data=answers,
        defaults=True,
        overwrite=True,
        quiet=True,
        vcs_ref=copier.VcsRef.CURRENT,
        context_lines=100_000,
    )


# --- From each release ------------------------------------------------------------------------


def generations() -> list[tuple[Release, Row]]:
    """The newest release with each row of the covering set, an older one with a row for each value.

    `FLIPS=all` takes each row for all of them. A release knew only some of the questions.
    """
    found = []
    for release in releases():
        known: dict[tuple[tuple[str, str], ...], Row] = {}
        for row in rows():
            items = tuple((n, v) for n, v in row.items if n in release.questions)
            known.setdefault(items, Row(row.name, items))
        every = list(known.values())
        whole = release == releases()[-1] or os.environ.get("FLIPS") == "all"
        found += [(release, row) for row in (every if whole else with_each_value(every))]
    return found


def with_each_value(rows: list[Row]) -> list[Row]:
    """Few of these rows, which together have every value that any of them has."""
    chosen, missing = [], {item for row in rows for item in row.items}
    while missing:
        chosen.append(max(rows, key=lambda row: len(missing.intersection(row.items))))
        missing -= set(chosen[-1].items)
    return chosen


@pytest.mark.parametrize(
    ("release", "row"),
    generations(),
    ids=lambda value: getattr(value, "version", None) or value.name,
)
def test_an_update_equals_a_fresh_project(release: Release, row: Row, scratch: Path) -> None:
    project = scratch / "project"
    copier.run_copy(
        str(tagged_source()),
        project,
        data=row.answers,
        user_defaults=NAMED,
        defaults=True,
        quiet=True,
        vcs_ref=f"v{release.version}",
    )
    git(project, "init", "--quiet")
    commit(project)
    own = {path: (project / path).read_bytes() for path in THE_USERS_OWN}
    update(project, NEXT)
    assert git(project, "ls-files", "--unmerged") == ""
    assert tree(project) == tree(rendered(row.answers)) | own


def test_from_each_release_every_value_that_it_knew_is_updated() -> None:
    tried = generations()
    for release in releases():
        known = {item for row in rows() for item in row.items if item[0] in release.questions}
        assert known == {item for r, row in tried if r == release for item in row.items}


# --- Another answer, and back -----------------------------------------------------------------


@cache
def begun(row: Row) -> Path:
    """A project with these answers, committed. Copy it before you change it."""
    folder = workshop() / "begun" / row.name
    copier.run_copy(
        str(tagged_source()),
        folder,
        data=row.answers,
        user_defaults=NAMED,
        defaults=True,
        quiet=True,
    )
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def changes() -> list[Change]:
    """Every row with each other value of every question that may change; or a sample of them."""
    every = [
        (row, name, value)
        for name, values in possible_values().items()
        for value in values
        for row in rows()
        if stored_answers(row.answers)[name] != value
    ]
    if os.environ.get("FLIPS") == "all":
        return every
    return sample(every)


def possible_values() -> dict[str, list[str]]:
    texts = {name: [text] for name, text in TEXTS.items()}
    choices = {name: question.values for name, question in choice_questions().items()}
    return {**texts, **choices, "preset": questions()["preset"].values}


def sample(every: list[Change]) -> list[Change]:
    """One change to each value, in a row that differs from value to value."""
    by_value: dict[tuple[str, str], list[Change]] = {}
    for each in every:
        by_value.setdefault(each[1:], []).append(each)
    return [
        candidates[crc32(f"{name}={value}".encode()) % len(candidates)]
        for (name, value), candidates in by_value.items()
    ]


def completed(answers: dict[str, str], name: str, value: str) -> dict[str, str]:
    """The change, and what else has to be changed for it to be possible."""
    change = {name: value}
    while refusal := next((r for r in refusals() if r.forbids(answers | change)), None):
        if refusal.question in change:
            other, allowed = next(iter(refusal.needs.items()))
            change[other] = allowed[0]
        else:
            values = questions()[refusal.question].values
            change[refusal.question] = next(v for v in values if v not in refusal.values)
    return change


@pytest.mark.parametrize(
    ("row", "name", "value"), changes(), ids=lambda part: getattr(part, "name", part)
)
def test_a_changed_answer_equals_a_fresh_project_there_and_back(
    row: Row, name: str, value: str, scratch: Path
) -> None:
    project = shutil.copytree(begun(row), scratch / "project")
    answers, start = stored_answers(row.answers), tree(project)
    wanted = completed(answers, name, value)
    change(project, wanted)
    assert git(project, "ls-files", "--unmerged") == ""
    fresh = tree(render(answers | wanted, scratch / "fresh"))
    fresh["README.md"] = start["README.md"]  # the user's own from the start
    assert tree(project) == fresh
    commit(project)
    change(project, {key: answers[key] for key in wanted})
    assert tree(project) == start


def test_every_question_is_changed_there_and_back() -> None:
    """In the sample too. A new question of free text needs a line in TEXTS."""
    assert set(TEXTS) == set(free_text_questions()) - {"package_name"}
    tried = {(name, value) for _, name, value in changes()}
    assert tried == {
        (name, value) for name, values in possible_values().items() for value in values
    }
