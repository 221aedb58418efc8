"""Updates of projects that users edited for months. No edit is lost."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

import pytest

from tests.support.cheap_copies import cheap_copier
from tests.support.installed import Installed, installed
from tests.support.matrix import Row
from tests.support.projects import Answers, contents, run, run_online, workshop
from tests.support.questions import REPOSITORY
from tests.support.releases import NEXT, Release, commit, git, made_by, releases
from tests.support.terminal import IDENTITY
from tests.support.user_edits import bring_own_files, grow, own_changes, replace_sample
from tests.test_updates import answered_by_update

pytestmark = pytest.mark.project


def long_lived(**answers: str) -> Row:
    fixed = {"preset": "custom", "api_framework": "flask"}  # the edits are for views in plain Flask
    return Row(f"edited-{answers['data_layer']}", tuple((fixed | answers).items()))


# Each package manager, database and data layer once, with the answers that are changed later.
CHANGES = {
    long_lived(
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
    long_lived(
        data_layer="raw-sql",
        database="postgresql",
        server="granian",
        container="none",
        ci="gitlab",
        package_manager="poetry",
    ): [
        {"server": "gunicorn", "validation": "marshmallow"},
        {"package_manager": "uv", "license": "proprietary"},
        {"database": "sqlite"},
        {"server": "flask", "package_manager": "pip", "ci": "none", "pre_commit": "false"},
    ],
    long_lived(
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
LONG_LIVED = list(CHANGES)

# Files that are deleted with their option, even if the user edited them.
GOES_WITH_ITS_OPTION = {"server": ["gunicorn.conf.py"]}

# With Poetry, `make setup` of these releases never ended without this variable.
BEFORE_POETRY_TOML = {
    version: {"POETRY_VIRTUALENVS_IN_PROJECT": "true"} for version in ("0.1.0", "0.2.0", "0.2.1")
}

# In these releases, features import names that 0.3.0 renamed.
BEFORE_RENAMES = {"0.1.0", "0.2.0", "0.2.1", "0.2.2"}

COUNT = """
from sqlalchemy import create_engine, text
from {package}.engine import database_url
with create_engine(database_url()).connect() as connection:
    for table in {tables}:
        print(table, connection.execute(text(f"SELECT count(*) FROM {{table}}")).scalar())
"""


@contextmanager
def generated(row: Row, version: str) -> Iterator[Installed]:
    """Generate a project with this version and the answers it knows, install and commit it."""

    def generate(answers: Answers, folder: Path) -> None:
        made_by(version, known(answers, version), folder)
        git(folder, "init", "--quiet")

    with installed(row, generate, **BEFORE_POETRY_TOML.get(version, {})) as project:
        path = f"{project.env['PATH']}:{cheap_copier(workshop() / 'copier')}"
        project.env |= {**IDENTITY, "PATH": path, "TMPDIR": str(workshop())}
        commit(project.folder)
        yield project


def known(answers: Answers, version: str) -> dict[str, str]:
    """Return the answers to questions that this version asked."""
    release = next((r for r in releases() if r.version == version), None)
    return {n: v for n, v in answers.items() if release is None or n in release.questions}


def rows_in(project: Installed, *tables: str) -> str:
    """Return the number of rows in each table."""
    script = COUNT.format(package=project.answers["package_name"], tables=tables)
    return run([".venv/bin/python", "-c", script], project.folder, project.env).stdout


def check(project: Installed) -> None:
    printed = run_online(["make", "test", "lint", "types"], project.folder, project.env).stdout
    assert " passed" in printed


def update_to_newest(
    project: Installed, release: Release, scratch: Path, table: str, **new_answers: str
) -> None:
    """Run `make update`, and check that the user's changes, rows and tests are unchanged."""
    commit(project.folder)
    for name in BEFORE_POETRY_TOML.get(release.version, {}):
        del project.env[name]  # the newer template sets it
    answers = known(project.answers, release.version)
    before = made_by(release.version, answers, scratch / "before")
    answers |= answered_by_update(release, project.folder) | new_answers
    given = " ".join(f"{name}={value}" for name, value in new_answers.items())
    mine = own_changes(project.folder, before, scratch)
    kept = rows_in(project, table)
    # These include the user's own tests.
    checks = ["make", "lint", "types", "test"]
    if release.version in BEFORE_RENAMES:
        run(["make", "update", f"SET={given}", "CHECKS="], project.folder, project.env)
        mine = follow_renames(project, mine)
        printed = run_online(checks, project.folder, project.env).stdout
    else:
        printed = run_online(
            ["make", "update", f"SET={given}"], project.folder, project.env, again=checks
        ).stdout
    assert "nothing to change" in printed or " passed" in printed
    assert git(project.folder, "ls-files", "--unmerged") == ""
    after = made_by(NEXT, answers, scratch / "after")
    assert own_changes(project.folder, after, scratch) == mine
    project.flask("db", "upgrade")
    assert rows_in(project, table) == kept


def follow_renames(project: Installed, patch: str) -> str:
    """Run the renaming commands of the manual in a project; return the patch with new names."""
    manual = (REPOSITORY / "docs/updating.md").read_text(encoding="utf-8")
    commands = re.findall(r"^sed -E -i '\n.*?' [^\n]*$", manual, re.DOTALL | re.MULTILINE)
    files = re.split(r"^(?=diff --git)", patch, flags=re.MULTILINE)
    for command in commands:
        _, script, paths = command.split("'")
        if not list(project.folder.glob(paths.strip())):
            continue  # the user deleted the sample
        run(["bash", "-c", command], project.folder, project.env)
        for number, changes in enumerate(files):
            if fnmatch(changes.partition("\n")[0], f"* b/mine/{paths.strip()}"):
                files[number] = subprocess.run(
                    ["sed", "-E", script], input=changes, capture_output=True, text=True, check=True
                ).stdout
    run(["make", "format"], project.folder, project.env)
    # With the shorter names, a definition of three lines fits on one.
    pattern = r"^\+def page\(\n\+    (.*)\n\+\) ->"
    return re.sub(pattern, r"+def page(\1) ->", "".join(files), flags=re.MULTILINE)


def releases_and_rows() -> list[tuple[Release, Row]]:
    """Return the first and the two newest releases, each with another project.

    With `FLIPS=all`, return each release with each project. A new release adds no time to the rest.
    """
    if os.environ.get("FLIPS") == "all":
        return [(release, row) for release in releases() for row in LONG_LIVED]
    # Start with the last project, which has its own files where the first release had none.
    return list(zip([releases()[0], *releases()[-2:]], reversed(LONG_LIVED), strict=True))


@pytest.mark.parametrize(
    ("release", "row"),
    releases_and_rows(),
    ids=lambda part: getattr(part, "version", None) or part.name,
)
def test_a_long_lived_project_updates_to_the_newest_template(
    release: Release, row: Row, tmp_path: Path
) -> None:
    with generated(row, release.version) as project:
        unknown = {n: "none" for n in ("container", "ci") if n not in release.questions}
        project.answers |= unknown
        grow(project)
        # This project has its own files where the release had no question, and answers no to it now.
        has_own = row.name == "edited-sqlalchemy" and unknown
        if has_own:
            bring_own_files(project.folder, ["Dockerfile", ".github/workflows/ci.yml"])
        update_to_newest(project, release, tmp_path, "posts", **(unknown if has_own else {}))


@pytest.mark.parametrize("release", releases()[-1:], ids=lambda release: release.version)
def test_a_project_without_the_sample_updates_to_the_newest_template(
    release: Release, tmp_path: Path
) -> None:
    with generated(LONG_LIVED[0], release.version) as project:
        replace_sample(project)
        update_to_newest(project, release, tmp_path, "notes")


@pytest.mark.parametrize("row", LONG_LIVED, ids=lambda row: row.name)
def test_a_long_lived_project_changes_its_answers_and_back(row: Row, tmp_path: Path) -> None:
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


def test_a_grown_project_changes_its_framework_and_its_validator(tmp_path: Path) -> None:
    """The files that the change names are rewritten as the sample is, and nothing else."""
    row = long_lived(data_layer="flask-sqlalchemy", database="sqlite", ci="none")
    with generated(row, NEXT) as project:
        run(["make", "feature", "NAME=notes"], project.folder, project.env)
        run(["make", "db-migrate", "M=create notes"], project.folder, project.env)
        commit(project.folder)
        command = ["make", "option", "SET=api_framework=apiflask validation=marshmallow", "CHECKS="]
        printed = run(command, project.folder, project.env).stdout
        assert git(project.folder, "ls-files", "--unmerged") == ""
        named = re.findall(r"^  (src/\S+)$", printed, re.MULTILINE)
        assert [Path(path).name for path in named] == ["routes.py", "schemas.py"]
        commit(project.folder)
        for folder in project.folder.glob("*/**/blueprints/notes"):
            shutil.rmtree(folder)
        run(["make", "feature", "NAME=notes"], project.folder, project.env)
        assert git(project.folder, "diff", "--name-only", "src", "tests").splitlines() == named
        check(project)


def tracked(project: Installed) -> dict[str, bytes]:
    """Return the files that git tracks, by path."""
    names = git(project.folder, "ls-files").splitlines()
    files = contents(project.folder)
    return {name: files[name] for name in names}
