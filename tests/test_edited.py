"""A project's own tests pass after the user has changed settings or deleted the sample."""

import ast
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.projects import rendered, run, workshop
from tests.support.user_edits import edit

pytestmark = pytest.mark.project

# Each setting of config.py, with other values that a user may choose.
VALUES: dict[str, list[str]] = {
    "SECRET_KEY": ['"another-one-and-it-is-long-enough-too"'],
    "SECRET_KEY_FALLBACKS": ['("one-before-it-that-is-long-enough-too",)'],
    "ALLOWED_HOSTS": ['("www.example.org",)'],
    "TRUSTED_PROXIES": ["2"],
    "FORCE_HTTPS": ["True", "False"],
    "PORT": ["8080"],
    "LOG_LEVEL": ['"ERROR"', '"DEBUG"'],
    "LOG_FILE": ['"/dev/null"'],
    "LOG_JSON": ["False"],
    "MAX_CONTENT_LENGTH": ["30_000", "64 * 1024 * 1024", "None"],
    "SESSION_COOKIE_HTTPONLY": ["False"],
    "SESSION_COOKIE_SAMESITE": ['"Strict"', "None"],
}
# Settings that define `Testing` and `Production`. A test of the project checks the last three.
FIXED = {
    ("Testing", "TESTING"),
    ("Testing", "DEBUG"),
    ("Production", "DEBUG"),
    ("Production", "FORCE_HTTPS"),
    ("Production", "SESSION_COOKIE_SECURE"),
    ("Production", "SESSION_COOKIE_NAME"),
}
# Settings that the test client relies on, and a key that nobody would write into this file.
NOT_THERE = {
    ("Testing", "ALLOWED_HOSTS"),
    ("Testing", "FORCE_HTTPS"),
    ("Config", "SECRET_KEY"),
}
PACKAGE = "my_flask_app"
CONFIG = f"src/{PACKAGE}/config.py"


def settings() -> set[tuple[str, str]]:
    """Return each setting of config.py with the class that sets it."""
    tree = ast.parse((rendered({}) / CONFIG).read_text(encoding="utf-8"))
    return {
        (node.name, re.split("[:=]", ast.unparse(statement))[0].strip())
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
    }


def test_every_setting_has_an_alternative_value() -> None:
    assert {name for _, name in settings() - FIXED} == VALUES.keys()


def on(*data_layers: str) -> pytest.MarkDecorator:
    """Select a project for each of these data layers, with SQLite if it has a database."""
    chosen = [
        row_with(data_layer=layer, database="none" if layer == "none" else "sqlite")
        for layer in data_layers
    ]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


@contextmanager
def put_back(project: Installed) -> Iterator[Path]:
    """Yield the folder of a project, and undo all edits afterwards."""
    kept = workshop() / "kept"
    names = ["src", "tests", "migrations", "pyproject.toml", ".env"]
    names = [name for name in names if (project.folder / name).exists()]
    copy = {
        name: shutil.copytree if (project.folder / name).is_dir() else shutil.copy2
        for name in names
    }
    kept.mkdir()
    for name in names:
        copy[name](project.folder / name, kept / name)
    try:
        yield project.folder
    finally:
        for name in names:
            if (project.folder / name).is_dir():
                shutil.rmtree(project.folder / name)
            copy[name](kept / name, project.folder / name)
        shutil.rmtree(kept)


def give(folder: Path, setting: str, value: str) -> None:
    """Set this value in each class of config.py that has the setting."""
    path = folder / CONFIG
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"(?m)^(?=class )", text)
    for number, part in enumerate(parts):
        name = re.match(r"class (\w+)", part)
        if name and (name[1], setting) in settings() - FIXED - NOT_THERE:
            pattern = rf"(?m)^(    {setting}\b[^=\n]*= )[^#\n]*"
            parts[number], times = re.subn(pattern, lambda m: m[1] + value + "  ", part)
            assert times == 1, (name[1], setting)
    path.write_text("".join(parts), encoding="utf-8")


def suite(project: Installed, **variables: str) -> None:
    """Run the project's own tests."""
    printed = run(["pytest", "-q"], project.folder, project.env | variables).stdout
    assert " passed" in printed


@on("flask-sqlalchemy")
@pytest.mark.parametrize("setting", VALUES)
def test_the_suite_passes_with_a_changed_setting(project: Installed, setting: str) -> None:
    with put_back(project) as folder:
        give(folder, setting, VALUES[setting][0])
        suite(project)


@on("flask-sqlalchemy", "raw-sql", "none")
def test_the_suite_passes_with_every_setting_changed(project: Installed) -> None:
    """Change them in each class, then in `Testing` itself, with other headers and another version."""
    with put_back(project) as folder:
        for setting, values in VALUES.items():
            give(folder, setting, values[0])
        security = f"src/{PACKAGE}/security.py"
        edit(folder, security, '"DENY",', '"SAMEORIGIN",\n    "X-Mine": "mine",')
        edit(folder, security, '"no-referrer"', '"same-origin"')
        edit(folder, "pyproject.toml", 'version = "0.1.0"', 'version = "2.3.4"')
        run(["make", "test"], folder, project.env)
        own = "".join(
            f"    {name} = {values[-1]}\n"
            for name, values in VALUES.items()
            if ("Testing", name) not in settings()
        )
        edit(folder, CONFIG, "    TESTING = True\n", f"    TESTING = True\n{own}")
        suite(project)


@on("flask-sqlalchemy", "none")
def test_the_suite_passes_with_every_variable_set(project: Installed) -> None:
    """Set the values of production, first in the environment of the tests, then in .env."""
    text = (project.folder / ".env.example").read_text(encoding="utf-8")
    production = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert {"ALLOWED_HOSTS", "FORCE_HTTPS", "LOG_LEVEL"} <= production.keys()
    with put_back(project) as folder:
        suite(project, **production)
        (folder / ".env").write_text("".join(f"{n}={v}\n" for n, v in production.items()))
        suite(project)


@on("flask-sqlalchemy", "sqlalchemy", "raw-sql", "none")
def test_the_suite_passes_without_the_sample(project: Installed, tmp_path: Path) -> None:
    """Delete it with its tests and its migration, if it has one."""
    sample = "hello" if project.answers["data_layer"] == "none" else "posts"
    with put_back(project) as folder:
        for parent in (f"src/{PACKAGE}/blueprints", "tests/blueprints"):
            shutil.rmtree(folder / parent / sample)
        for migration in folder.glob("migrations/versions/*.py"):
            if migration.name.startswith("0001"):
                migration.unlink()
            else:  # it becomes the first one
                edit(folder, f"migrations/versions/{migration.name}", '= "0001"', "= None")
        run(["make", "lint", "types", "test"], folder, project.env)
        if sample == "posts":
            url = f"sqlite:///{tmp_path}/first-day.sqlite3"
            run(["flask", "db", "upgrade"], folder, project.env | {"DATABASE_URL": url})
