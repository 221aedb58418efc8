"""Answers that are changed later: the project is then what it would have been from the start."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import copier
import pytest
import yaml

from tests.support.projects import contents, environment, template, workshop
from tests.support.questions import choice_questions, is_valid

pytestmark = pytest.mark.project

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org"]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A step")


@pytest.fixture(scope="module")
def source() -> Iterator[Path]:
    """The template as it stands, committed and tagged: an update starts from a commit that exists."""
    folder = workshop() / "source"
    shutil.copytree(template(), folder)
    git(folder, "init", "--quiet")
    commit(folder)
    git(folder, "tag", "1.0.0")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def project(source: Path, tmp_path: Path) -> Path:
    """A project with the default answers, in a repository of its own."""
    return generate(source, tmp_path / "project", {})


def generate(source: Path, folder: Path, answers: dict[str, str]) -> Path:
    copier.run_copy(str(source), folder, data=answers, defaults=True, quiet=True)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def flip(project: Path, answers: dict[str, str]) -> None:
    copier.run_update(
        project,
        data=answers,
        defaults=True,
        overwrite=True,
        quiet=True,
        vcs_ref=copier.VcsRef.CURRENT,
        context_lines=100_000,
    )


def answers_of(project: Path) -> dict[str, str]:
    text = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    return {n: str(v) for n, v in yaml.safe_load(text).items() if not n.startswith("_")}


def tree(project: Path) -> dict[str, bytes]:
    return {p: c for p, c in contents(project).items() if not p.startswith(".git/")}


def flips() -> list[tuple[str, str]]:
    """Every question that may change, with every value."""
    return [(name, value) for name, q in choice_questions().items() for value in q.values]


@pytest.mark.parametrize(("name", "value"), flips())
def test_a_changed_answer_equals_a_fresh_project_there_and_back(
    project: Path, source: Path, tmp_path: Path, name: str, value: str
) -> None:
    before, start = answers_of(project), tree(project)
    change = {name: value}
    if not is_valid(before | change):
        # Without a data layer there is no database, and the other way round.
        change = {"data_layer": "none", "database": "none"}
    flip(project, change)
    fresh = generate(source, tmp_path / "fresh", before | change)
    assert tree(project) == tree(fresh)
    commit(project)
    flip(project, {key: before[key] for key in change})
    assert tree(project) == start


def edit(project: Path, path: str, old: str, new: str) -> None:
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    (project / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_edits_survive_a_chain_of_changes(project: Path) -> None:
    package = "src/my_flask_app"
    edit(project, "README.md", "## Start", "Mine, in the README.\n\n## Start")
    edit(project, "tests/conftest.py", "pytest_plugins", "# Mine, in conftest.\npytest_plugins")
    edit(
        project,
        "pyproject.toml",
        "    # yours: added below",
        '    # yours: added below\n    "rich",',
    )
    edit(project, ".env.example", "# yours: added below", "# yours: added below\nMINE=1")
    edit(project, f"{package}/config.py", "    PORT = 5000", "    PORT = 5000\n    MINE = 1")
    edit(
        project,
        f"{package}/blueprints/posts/routes.py",
        '@blueprint.get("/<id:post_id>")',
        '@blueprint.get("/mine")\ndef mine() -> ResponseReturnValue:\n    return "mine"\n\n\n@blueprint.get("/<id:post_id>")',
    )
    (project / package / "blueprints/mine.py").write_text("# Mine, a file.\n", encoding="utf-8")
    (project / ".editorconfig").unlink()
    commit(project)
    mine = {path: text.lower().count(b"mine") for path, text in tree(project).items()}
    for change in (
        {"data_layer": "raw-sql"},
        {"server": "granian"},
        {"database": "postgresql", "package_manager": "uv"},
        {"data_layer": "sqlalchemy", "python": "3.13"},
        {"database": "sqlite", "server": "gunicorn"},
        {"data_layer": "flask-sqlalchemy", "python": "3.11"},
    ):
        flip(project, change)
        assert not git(project, "ls-files", "--unmerged"), change
        commit(project)
    after = tree(project)
    assert not (project / ".editorconfig").exists()
    assert {path: after[path].lower().count(b"mine") for path in mine} == mine
    for text in after.values():
        assert b"<<<<<<<" not in text


def make(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in a project, with Copier on PATH as a user has it."""
    env = environment("3.11") | {"GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "t@example.org"}
    env["PATH"] = f"{env['PATH']}:{Path(sys.executable).parent}"
    return subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_make_option_changes_answers(project: Path, source: Path, tmp_path: Path) -> None:
    done = make(project, "option", "SET=server=granian python=3.12")
    assert done.returncode == 0, done.stdout
    fresh = generate(source, tmp_path / "fresh", {"server": "granian", "python": "3.12"})
    assert tree(project) == tree(fresh)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), 'make option SET="'),
        (("SET=servre=granian",), "servre is not a question of the template"),
        (("SET=package_name=other",), "package_name cannot be changed"),
        (("SET=database=none",), "database=none cannot stand beside data_layer=flask-sqlalchemy"),
        (("SET=server=apache",), "apache"),
    ],
)
def test_make_option_refuses_what_it_cannot_do(
    project: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    before = tree(project)
    done = make(project, "option", *arguments)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert tree(project) == before


@pytest.mark.parametrize("target", ["option", "update"])
def test_a_tree_with_changes_is_left_alone(project: Path, target: str) -> None:
    edit(project, "wsgi.py", "import sys", "import sys  # changed")
    before = tree(project)
    done = make(project, target, "SET=server=granian")
    assert done.returncode != 0
    assert "Commit first" in done.stdout
    assert tree(project) == before


def test_make_update_takes_in_a_newer_template(project: Path, source: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(source, newer)
    edit(project, ".copier-answers.yml", str(source), str(newer))
    commit(project)
    edit(newer, "template/.editorconfig", "indent_size = 4", "indent_size = 8")
    commit(newer)
    git(newer, "tag", "1.1.0")
    assert make(project, "update-check").returncode != 0
    done = make(project, "update")
    assert done.returncode == 0, done.stdout
    assert "indent_size = 8" in (project / ".editorconfig").read_text(encoding="utf-8")
    commit(project)
    assert make(project, "update-check").returncode == 0


def test_make_update_fails_loudly_on_a_conflict(
    project: Path, source: Path, tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(source, newer)
    edit(project, ".copier-answers.yml", str(source), str(newer))
    edit(project, ".editorconfig", "indent_size = 4", "indent_size = 3")
    commit(project)
    edit(newer, "template/.editorconfig", "indent_size = 4", "indent_size = 8")
    commit(newer)
    git(newer, "tag", "1.1.0")
    done = make(project, "update")
    assert done.returncode != 0
    assert ".editorconfig" in done.stdout
    assert "git reset --hard" in done.stdout


def test_without_git_nothing_is_begun(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    copier.run_copy(str(source), folder, defaults=True, quiet=True)
    before = tree(folder)
    env = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    os.environ.update(env)
    try:
        done = make(folder, "update")
    finally:
        os.environ.pop("GIT_CEILING_DIRECTORIES")
    assert done.returncode != 0
    assert "git" in done.stdout
    assert tree(folder) == before
