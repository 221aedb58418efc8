"""A feature is one folder. These tests add one as the manual describes."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.projects import contents, rendered, run
from tests.support.servers import running
from tests.support.user_edits import copy_migration, newest_migration


def on(*data_layers: str, validation: str = "pydantic") -> pytest.MarkDecorator:
    """Select the first project of the covering set with each of these data layers."""
    chosen = [row_with(data_layer=layer, validation=validation) for layer in data_layers]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


@contextmanager
def put_back(project: Installed, feature: str) -> Iterator[None]:
    """Restore the project for later tests."""
    kept = set((project.folder / "migrations/versions").glob("*.py"))
    newest = newest_migration(project.folder) if kept else ""
    try:
        yield
    finally:
        if newest:
            run(["flask", "db", "downgrade", newest], project.folder, project.env)
        package = f"src/{project.answers['package_name']}/blueprints"
        for folder in (package, "tests/blueprints"):
            shutil.rmtree(project.folder / folder / feature)
        for path in set((project.folder / "migrations/versions").glob("*.py")) - kept:
            path.unlink()


@pytest.mark.project
@on("flask-sqlalchemy", "raw-sql")
def test_a_copied_folder_is_a_new_feature_without_other_edits(project: Installed) -> None:
    before = contents(project.folder / "src")
    with put_back(project, "notes"):
        printed = run(["make", "feature", "NAME=notes"], project.folder, project.env).stdout
        assert 'make db-migrate M="create notes"' in printed
        if project.answers["data_layer"] == "raw-sql":
            copy_migration(project.folder)
            project.flask("db", "upgrade")
        else:
            run(["make", "db-migrate", "M=create notes"], project.folder, project.env)
            assert "no migration is written" in (
                project.flask("db", "upgrade") and project.flask("db", "migrate", "-m", "nothing")
            )
        run(["make", "test", "lint", "types"], project.folder, project.env)
        after = contents(project.folder / "src")
        assert {path: after[path] for path in before if "__pycache__" not in path} == {
            path: text for path, text in before.items() if "__pycache__" not in path
        }


@pytest.mark.project
@on("flask-sqlalchemy", validation="marshmallow")
def test_a_feature_with_an_irregular_plural(project: Installed) -> None:
    with put_back(project, "office_people"):
        command = ["make", "feature", "NAME=office_people", "ONE=office_person"]
        run(command, project.folder, project.env)
        run(["make", "db-migrate", "M=create people"], project.folder, project.env)
        run(["make", "lint", "types", "test"], project.folder, project.env)


@pytest.mark.project
@pytest.mark.parametrize(
    "project",
    [
        row_with(api_framework="flask-restful", data_layer="sqlalchemy"),
        row_with(interface="both", data_layer="sqlalchemy"),
        row_with(interface="pages", data_layer="sqlalchemy"),
    ],
    ids=lambda row: row.id,
    indirect=True,
)
def test_a_copied_feature_of_resources_or_pages(project: Installed) -> None:
    with put_back(project, "notes"):
        run(["make", "feature", "NAME=notes"], project.folder, project.env)
        run(["make", "db-migrate", "M=create notes"], project.folder, project.env)
        run(["make", "lint", "types", "test"], project.folder, project.env)


@pytest.mark.project
@on("none", validation="marshmallow")
def test_a_copied_feature_without_a_database(project: Installed) -> None:
    with put_back(project, "greetings_of_all"):
        run(["make", "feature", "NAME=greetings_of_all"], project.folder, project.env)
        run(["make", "lint", "types", "test"], project.folder, project.env)


@pytest.mark.project
@on("none")
def test_the_reloader_discovers_a_feature_while_it_is_copied(project: Installed) -> None:
    """Copy file by file, slowly: the server keeps running, and serves the complete feature."""
    package = f"src/{project.answers['package_name']}/blueprints"
    sample, copy = (project.folder / package / name for name in ("hello", "served"))
    env = project.env | {"FLASK_DEBUG": "1", "APP_ENV": "development"}
    try:
        with running(["flask", "run"], project.folder, env) as server:

            def status() -> int:
                return requests.get(f"{server.url}/api/v1/served", timeout=60).status_code

            assert status() == 404
            copy.mkdir()
            for path in sorted(sample.glob("*.py")):
                text = re.sub(r"\bhello\b", "served", path.read_text(encoding="utf-8"))
                (copy / path.name).write_text(text, encoding="utf-8")
                time.sleep(0.6)
            wait_for(server.url, 200)
            shutil.rmtree(copy)
            wait_for(server.url, 404)
            assert server.process.poll() is None
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def wait_for(url: str, status: int) -> None:
    """Wait until the feature has this status. A restarting server refuses connections."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/api/v1/served", timeout=60).status_code == status:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"no {status} in two minutes")


# --- make feature, without an installation ------------------------------------------------------

ACCEPTED = {
    "notes": "note Note",
    "orders": "order Order",
    "blog_entries": "blog_entry BlogEntry",
    "boxes": "box Box",
    "branches": "branch Branch",
    "people person": "person Person",
}
REFUSED = {
    "Notes": "lower-case letters",
    "3d": "lower-case letters",
    "../notes": "lower-case letters",
    "my-notes": "lower-case letters",
    "classes": "class cannot be a name: it is a reserved word",
    "inputs": "input cannot be a name: it is a reserved word",
    "addresses": "the sample uses address for something else",
    "pages": "the sample uses Page, page",
    "posts": "is there already",
    "sheep": "make feature NAME=sheep ONE=",
}


KINDS = [
    {"data_layer": "flask-sqlalchemy", "api_framework": "apiflask", "validation": "pydantic"},
    {"data_layer": "sqlalchemy", "api_framework": "flask-restful", "validation": "pydantic"},
    {"data_layer": "raw-sql", "api_framework": "flask", "validation": "marshmallow"},
]


@pytest.fixture(params=KINDS, ids=lambda answers: "-".join(answers.values()))
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a project with posts, which a test may change."""
    return Path(shutil.copytree(rendered(request.param), tmp_path / "project"))


def feature(folder: Path, names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ".copier/feature.py", "posts", *names.split()]
    return subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("names", ACCEPTED)
def test_the_copy_uses_every_form_of_the_new_name(copy: Path, names: str) -> None:
    ended = feature(copy, names)
    assert ended.returncode == 0, ended.stderr
    name = names.split()[0]
    copied = contents(copy / "src/my_flask_app/blueprints" / name)
    copied |= contents(copy / "tests/blueprints" / name)
    text = "\n".join(content.decode() for content in copied.values())
    kept = re.findall(r"(?i)\S*post\S*", text)
    assert kept
    of_http = r"(client|blueprint)\.post\(|\"POST\"|^post\(self\)"
    assert all(re.search(of_http, word) for word in kept), kept
    routes = Path("src/my_flask_app/blueprints")
    original, written = (
        (copy / routes / folder / "routes.py").read_text("utf-8") for folder in ("posts", name)
    )
    for method in ("get", "post", "put", "patch", "delete"):
        of_method = rf"\b(?:blueprint\.|def ){method}\("
        assert len(re.findall(of_method, original)) == len(re.findall(of_method, written)) > 0
    assert all(re.search(rf"\b{form}\b", text) for form in ACCEPTED[names].split())
    assert "sample" not in text
    assert not re.search(r"\b[Aa] [aeiou]", text)
    for path, content in copied.items():
        if path.endswith(".py"):
            compile(content, path, "exec")


@pytest.mark.parametrize("names", REFUSED)
def test_an_invalid_name_is_refused_and_writes_nothing(copy: Path, names: str) -> None:
    before = contents(copy)
    ended = feature(copy, names)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert REFUSED[names] in line
    assert contents(copy) == before


def test_nothing_is_copied_without_the_sample(copy: Path) -> None:
    shutil.rmtree(copy / "src/my_flask_app/blueprints/posts")
    before = contents(copy)
    [line] = feature(copy, "notes").stderr.splitlines()
    assert "There is no src/my_flask_app/blueprints/posts any more" in line
    assert contents(copy) == before
