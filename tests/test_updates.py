"""Updated projects equal fresh ones with the same answers.

Nothing is installed here. `make flips` changes every answer of every row of the covering set. Other
runs try each value on one row.
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

from tests.support.matrix import Row, answer, rows
from tests.support.projects import contents, render, rendered, stored_answers, workshop
from tests.support.questions import (
    choice_questions,
    free_text_questions,
    questions,
    refusals,
    reserved_names,
    switches,
)
from tests.support.releases import (
    NEXT,
    Release,
    commit,
    committed_by,
    git,
    releases,
)

pytestmark = pytest.mark.project

Change = tuple[Row, str, str]

# A new text for each free-text question. package_name cannot change.
TEXTS = {
    "project_name": "Another Name",
    "description": "Another sentence, with a 'quote' in it.",
    "author_name": "Ada Lovelace",
    "author_email": "ada@example.org",
}


# Updates do not change these files.
THE_USERS_OWN = ("README.md", "tests/conftest.py")


@pytest.fixture(autouse=True)
def copier_works_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Update in memory: on a disk, the three projects and the repositories take 50% longer."""
    monkeypatch.setattr(tempfile, "tempdir", str(workshop()))


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for one test."""
    with tempfile.TemporaryDirectory(dir=workshop()) as folder:
        yield Path(folder)


def tree(project: Path) -> dict[str, bytes]:
    """Return the files of a project, without the path and commit of its template."""
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
    """Return the newest release with all rows, and older ones with a row for each value.

    With `FLIPS=all`, return every release with all rows. Rows have only the questions of the release,
    and rows with a value that it did not have are left out.
    """
    found = []
    for release in releases():
        known: dict[tuple[tuple[str, str], ...], Row] = {}
        for row in rows():
            items = tuple((n, v) for n, v in row.items if n in release.questions)
            if all(release.knows(*item) for item in items):
                known.setdefault(items, Row(row.name, items))
        every = list(known.values())
        whole = release == releases()[-1] or os.environ.get("FLIPS") == "all"
        found += [(release, row) for row in (every if whole else with_each_value(every))]
    return found


def with_each_value(rows: list[Row]) -> list[Row]:
    """Return a few of these rows that together have every value."""
    chosen, missing = [], {item for row in rows for item in row.items}
    while missing:
        chosen.append(max(rows, key=lambda row: len(missing.intersection(row.items))))
        missing -= set(chosen[-1].items)
    return chosen


def answered_by_update(release: Release, project: Path) -> dict[str, str]:
    """Return the answers that an update sets for questions that the release did not ask."""
    answers = {name: "false" for name in switches() if name not in release.questions}
    if "kubernetes" not in release.questions and (project / "deploy/kubernetes").exists():
        answers["kubernetes"] = "true"  # the cluster may use its manifests
    if "api_framework" not in release.questions:
        answers["api_framework"] = "flask"  # the features are written for it
    if "interface" not in release.questions:
        answers["interface"] = "api"  # it had nothing else
    if "editor" not in release.questions:
        answers["editor"] = "none"  # an update chooses no editor
    if "tasks" not in release.questions:
        answers["tasks"] = "none"  # nor background tasks
    return answers


def test_an_update_keeps_a_package_name_that_was_reserved_later(scratch: Path) -> None:
    """Copier replaces a recorded answer that is refused by its default: it would rename the package."""
    name = "update"
    assert name in reserved_names().split()
    project = committed_by("0.2.2", {"package_name": name}, scratch / "project")
    update(project, NEXT)
    assert [path.name for path in (project / "src").iterdir()] == [name]


@pytest.mark.parametrize(
    ("release", "row"),
    generations(),
    ids=lambda value: getattr(value, "version", None) or value.name,
)
def test_an_update_equals_a_fresh_project(release: Release, row: Row, scratch: Path) -> None:
    project = committed_by(release.version, row.answers, scratch / "project")
    own = {path: (project / path).read_bytes() for path in THE_USERS_OWN}
    answers = row.answers | answered_by_update(release, project)
    update(project, NEXT)
    assert git(project, "ls-files", "--unmerged") == ""
    assert tree(project) == tree(rendered(answers)) | own


def test_every_value_of_each_release_is_updated() -> None:
    tried = generations()
    for release in releases():
        known = {item for row in rows() for item in row.items if release.knows(*item)}
        assert known == {item for r, row in tried if r == release for item in row.items}


# --- Another answer, and back -----------------------------------------------------------------


@cache
def begun(row: Row) -> Path:
    """Return a committed project with these answers. Copy it before you change it."""
    return committed_by(NEXT, row.answers, workshop() / "begun" / row.name)


def changes() -> list[Change]:
    """Return every row with each other value of every question, or a sample of these changes."""
    every = [
        (row, name, value)
        for name, values in possible_values().items()
        for value in values
        for row in rows()
        if answer(row, name) != value
    ]
    if os.environ.get("FLIPS") == "all":
        return every
    return sample(every)


def possible_values() -> dict[str, list[str]]:
    texts = {name: [text] for name, text in TEXTS.items()}
    choices = {name: question.values for name, question in choice_questions().items()}
    return {**texts, **choices, "preset": questions()["preset"].values}


def sample(every: list[Change]) -> list[Change]:
    """Return one change to each value, with different rows."""
    by_value: dict[tuple[str, str], list[Change]] = {}
    for each in every:
        by_value.setdefault(each[1:], []).append(each)
    return [
        candidates[crc32(f"{name}={value}".encode()) % len(candidates)]
        for (name, value), candidates in by_value.items()
    ]


def completed(answers: dict[str, str], name: str, value: str) -> dict[str, str]:
    """Return the change, and other changes that make it valid."""
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
def test_a_changed_answer_equals_a_fresh_project_in_both_directions(
    row: Row, name: str, value: str, scratch: Path
) -> None:
    project = shutil.copytree(begun(row), scratch / "project")
    answers, start = stored_answers(row.answers), tree(project)
    wanted = completed(answers, name, value)
    change(project, wanted)
    assert git(project, "ls-files", "--unmerged") == ""
    fresh = tree(render(answers | wanted, scratch / "fresh"))
    fresh["README.md"] = start["README.md"]  # these belong to the user
    assert tree(project) == fresh
    commit(project)
    change(project, {key: answers[key] for key in wanted})
    assert tree(project) == start


def test_every_question_is_changed_in_both_directions() -> None:
    """This includes the sample. A new free-text question needs a line in TEXTS."""
    assert set(TEXTS) == set(free_text_questions()) - {"package_name"}
    tried = {(name, value) for _, name, value in changes()}
    assert tried == {
        (name, value) for name, values in possible_values().items() for value in values
    }
