"""Projects that were worked on for months, and then follow the template: nothing of it is lost."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import copier
import pytest

from tests.support.installed import Installed, installed
from tests.support.life import bring_own_files, grow, own_changes, replace_sample
from tests.support.matrix import Row
from tests.support.projects import NAMED, Answers, contents, run, run_online, workshop
from tests.support.releases import NEXT, Release, commit, git, releases, tagged_source
from tests.support.terminal import IDENTITY

pytestmark = pytest.mark.project


def life(**answers: str) -> Row:
    return Row(f"life-{answers['data_layer']}", (("preset", "custom"), *answers.items()))


# Every package manager, database and data layer once, and what each is changed to later.
CHANGES = {
    life(
        data_layer="flask-sqlalchemy",
        database="sqlite",
        server="gunicorn",
        container="compose",
        ci="github",
        package_manager="uv",
    ): [
        {"license": "GPL-3.0-or-later", "python": "3.12", "author_name": "Ada"},
        {"package_manager": "poetry", "nginx": "true"},
        {"data_layer": "sqlalchemy", "python": "3.11"},
        {"package_manager": "pip", "database": "postgresql"},
        {"server": "granian"},
    ],
    life(
        data_layer="raw-sql",
        database="postgresql",
        server="granian",
        container="none",
        ci="gitlab",
        package_manager="poetry",
    ): [
        {"server": "gunicorn"},
        {"package_manager": "uv", "license": "proprietary"},
        {"database": "sqlite"},
        {"server": "flask", "package_manager": "pip", "ci": "none", "pre_commit": "false"},
    ],
    life(
        data_layer="sqlalchemy",
        database="mysql",
        server="gunicorn",
        container="dockerfile",
        ci="github",
        package_manager="pip",
    ): [
        {"data_layer": "flask-sqlalchemy"},
        {"package_manager": "uv"},
        {"database": "sqlite", "description": "Another sentence."},
        {"package_manager": "poetry", "server": "flask", "pre_commit": "false"},
    ],
}
LIVES = list(CHANGES)

# What an option has for itself goes with it, edited or not.
GOES_WITH_ITS_OPTION = {"server": ["gunicorn.conf.py"]}

# With Poetry, make setup of these releases never came to an end without it.
BEFORE_POETRY_TOML = {
    version: {"POETRY_VIRTUALENVS_IN_PROJECT": "true"} for version in ("0.1.0", "0.2.0", "0.2.1")
}

COUNT = """
from sqlalchemy import text
from {package}.engine import database_url, engine_for
with engine_for(database_url()).connect() as connection:
    for table in {tables}:
        print(table, connection.execute(text(f"SELECT count(*) FROM {{table}}")).scalar())
"""


@contextmanager
def generated(row: Row, version: str) -> Iterator[Installed]:
    """A project as this version made it, with the answers that it knew, installed and committed."""

    def generate(answers: Answers, folder: Path) -> None:
        made_by(version, known(answers, version), folder)
        git(folder, "init", "--quiet")

    with installed(row, generate, **BEFORE_POETRY_TOML.get(version, {})) as project:
        path = f"{project.env['PATH']}:{Path(sys.executable).parent}"
        project.env |= {**IDENTITY, "PATH": path, "TMPDIR": str(workshop())}
        commit(project.folder)
        yield project


def known(answers: Answers, version: str) -> dict[str, str]:
    """Of these answers, those to questions that this version asked."""
    release = next((r for r in releases() if r.version == version), None)
    return {n: v for n, v in answers.items() if release is None or n in release.questions}


def made_by(version: str, answers: Answers, folder: Path) -> Path:
    """What this version of the template alone makes of these answers."""
    source, ref = str(tagged_source()), f"v{version}"
    copier.run_copy(
        source,
        folder,
        data=dict(answers),
        user_defaults=NAMED,
        defaults=True,
        quiet=True,
        vcs_ref=ref,
    )
    return folder


def rows_in(project: Installed, *tables: str) -> str:
    """How many rows each table has."""
    script = COUNT.format(package=project.answers["package_name"], tables=tables)
    return run([".venv/bin/python", "-c", script], project.folder, project.env).stdout


def check(project: Installed) -> None:
    printed = run_online(["make", "test", "lint", "types"], project.folder, project.env).stdout
    assert " passed" in printed


def take_in_the_newest(
    project: Installed, release: Release, scratch: Path, table: str, **new_answers: str
) -> None:
    """`make update`, and see that the user's changes, rows and tests are what they were."""
    commit(project.folder)
    for name in BEFORE_POETRY_TOML.get(release.version, {}):
        del project.env[name]  # the newer template sets it itself
    answers = known(project.answers, release.version)
    before = made_by(release.version, answers, scratch / "before")
    answers |= new_answers
    given = " ".join(f"{name}={value}" for name, value in new_answers.items())
    mine = own_changes(project.folder, before, scratch)
    kept = rows_in(project, table)
    # It runs the linters, the type checks and all tests, the user's own too.
    printed = run_online(
        ["make", "update", f"SET={given}"],
        project.folder,
        project.env,
        again=["make", "lint", "types", "test"],
    ).stdout
    assert "nothing to change" in printed or " passed" in printed
    assert git(project.folder, "ls-files", "--unmerged") == ""
    after = made_by(NEXT, answers, scratch / "after")
    assert own_changes(project.folder, after, scratch) == mine
    project.flask("db", "upgrade")
    assert rows_in(project, table) == kept


def lived() -> list[tuple[Release, Row]]:
    """From each release one life, taken in turn; or every life from every release."""
    if os.environ.get("FLIPS") == "all":
        return [(release, row) for release in releases() for row in LIVES]
    # The last one first: it brings files of its own where the first release had none.
    return [(r, LIVES[(number - 1) % len(LIVES)]) for number, r in enumerate(releases())]


@pytest.mark.parametrize(
    ("release", "row"), lived(), ids=lambda part: getattr(part, "version", None) or part.name
)
def test_a_grown_project_takes_in_the_newest(release: Release, row: Row, tmp_path: Path) -> None:
    with generated(row, release.version) as project:
        unknown = {n: "none" for n in ("container", "ci") if n not in release.questions}
        project.answers |= unknown
        grow(project)
        # One of them has files of its own for what it was not asked, and answers no to it now.
        has_own = row.name == "life-sqlalchemy" and unknown
        if has_own:
            bring_own_files(project.folder, ["Dockerfile", ".github/workflows/ci.yml"])
        take_in_the_newest(project, release, tmp_path, "posts", **(unknown if has_own else {}))


@pytest.mark.parametrize("release", releases()[:1], ids=lambda release: release.version)
def test_a_project_without_the_sample_takes_in_the_newest(release: Release, tmp_path: Path) -> None:
    with generated(LIVES[0], release.version) as project:
        replace_sample(project)
        take_in_the_newest(project, release, tmp_path, "notes")


@pytest.mark.parametrize("row", LIVES, ids=lambda row: row.name)
def test_a_grown_project_changes_its_answers_and_changes_them_back(
    row: Row, tmp_path: Path
) -> None:
    with generated(row, NEXT) as project:
        grow(project)
        commit(project.folder)
        start, answers = tracked(project), dict(project.answers)
        fresh = made_by(NEXT, answers, tmp_path / "start")
        gone: list[str] = []
        mine = own_changes(project.folder, fresh, tmp_path)
        less = own_changes(project.folder, fresh, tmp_path, *chain(*GOES_WITH_ITS_OPTION.values()))
        kept = rows_in(project, "posts", "notes")
        back = {name: project.answers[name] for step in CHANGES[row] for name in step}
        for number, step in enumerate([*CHANGES[row], back]):
            answers |= step
            if gone_now := [name for q in step for name in GOES_WITH_ITS_OPTION.get(q, [])]:
                gone, mine = gone_now, less
            words = [f"{name}='{value}'" for name, value in step.items()]
            command = ["make", "option", f"SET={' '.join(words)}", "CHECKS="]
            run(command, project.folder, project.env)
            assert git(project.folder, "ls-files", "--unmerged") == "", step
            fresh = made_by(NEXT, answers, tmp_path / f"step-{number}")
            assert own_changes(project.folder, fresh, tmp_path, *gone) == mine, step
            commit(project.folder)
        after = tracked(project)
        for name in gone:
            start.pop(name, None), after.pop(name, None)
        assert after == start
        check(project)
        assert rows_in(project, "posts", "notes") == kept


def tracked(project: Installed) -> dict[str, bytes]:
    """The files that git knows, by path."""
    names = git(project.folder, "ls-files").splitlines()
    files = contents(project.folder)
    return {name: files[name] for name in names}
