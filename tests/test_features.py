"""A feature is one folder: what the manual says of adding one is done here, word for word."""

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
from tests.support.life import copy_migration
from tests.support.matrix import row_with
from tests.support.projects import contents, rendered, run
from tests.support.servers import running


def on(*data_layers: str) -> pytest.MarkDecorator:
    """The first project of the covering set with each of these data layers."""
    chosen = [row_with(data_layer=layer) for layer in data_layers]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


@contextmanager
def put_back(project: Installed, feature: str) -> Iterator[None]:
    """Leave the project as it was, for the tests that come after."""
    try:
        yield
    finally:
        if (project.folder / "migrations").exists():
            run(["flask", "db", "downgrade", "0001"], project.folder, project.env)
        package = f"src/{project.answers['package_name']}/blueprints"
        for folder in (package, "tests/blueprints"):
            shutil.rmtree(project.folder / folder / feature)
        for path in (project.folder / "migrations/versions").glob("*.py"):
            if not path.name.startswith("0001"):
                path.unlink()


@pytest.mark.project
@on("flask-sqlalchemy", "raw-sql")
def test_a_copied_folder_is_a_new_feature_without_an_edit_elsewhere(project: Installed) -> None:
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
@on("flask-sqlalchemy")
def test_a_name_with_forms_of_its_own(project: Installed) -> None:
    with put_back(project, "office_people"):
        command = ["make", "feature", "NAME=office_people", "ONE=office_person"]
        run(command, project.folder, project.env)
        run(["make", "db-migrate", "M=create people"], project.folder, project.env)
        run(["make", "lint", "types", "test"], project.folder, project.env)


@pytest.mark.project
@on("none")
def test_a_copied_folder_without_a_database(project: Installed) -> None:
    with put_back(project, "greetings_of_all"):
        run(["make", "feature", "NAME=greetings_of_all"], project.folder, project.env)
        run(["make", "lint", "types", "test"], project.folder, project.env)


@pytest.mark.project
@on("none")
def test_a_feature_is_found_while_the_application_is_served(project: Installed) -> None:
    """Copied file by file, slowly: the server never ends, and finds it when it is whole."""
    package = f"src/{project.answers['package_name']}/blueprints"
    sample, copy = (project.folder / package / name for name in ("hello", "served"))
    env = project.env | {"FLASK_DEBUG": "1", "APP_ENV": "development"}
    try:
        with running(["flask", "run"], project.folder, env) as server:

            def status() -> int:
                return requests.get(f"{server.url}/api/v1/served", timeout=10).status_code

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
    """Until the feature is there, or is gone; while it restarts, the server refuses connections."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/api/v1/served", timeout=10).status_code == status:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"no {status} in half a minute")


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


@pytest.fixture(params=["flask-sqlalchemy", "raw-sql"])
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project with posts, to be changed."""
    return Path(shutil.copytree(rendered({"data_layer": request.param}), tmp_path / "project"))


def feature(folder: Path, names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ".copier/feature.py", "posts", *names.split()]
    return subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("names", ACCEPTED)
def test_the_copy_has_the_new_name_in_all_its_forms(copy: Path, names: str) -> None:
    ended = feature(copy, names)
    assert ended.returncode == 0, ended.stderr
    name = names.split()[0]
    copied = contents(copy / "src/my_flask_app/blueprints" / name)
    copied |= contents(copy / "tests/blueprints" / name)
    text = "\n".join(content.decode() for content in copied.values())
    kept = re.findall(r"(?i)\S*post\S*", text)
    assert kept
    assert all(re.search(r"(client|blueprint)\.post\(|\"POST\"", word) for word in kept), kept
    assert all(re.search(rf"\b{form}\b", text) for form in ACCEPTED[names].split())
    assert "sample" not in text
    assert not re.search(r"\b[Aa] [aeiou]", text)
    for path, content in copied.items():
        if path.endswith(".py"):
            compile(content, path, "exec")


@pytest.mark.parametrize("names", REFUSED)
def test_a_name_that_cannot_be_is_refused_and_nothing_written(copy: Path, names: str) -> None:
    before = contents(copy)
    ended = feature(copy, names)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert REFUSED[names] in line
    assert contents(copy) == before


def test_without_the_sample_nothing_is_copied(copy: Path) -> None:
    shutil.rmtree(copy / "src/my_flask_app/blueprints/posts")
    before = contents(copy)
    [line] = feature(copy, "notes").stderr.splitlines()
    assert "There is no src/my_flask_app/blueprints/posts any more" in line
    assert contents(copy) == before
