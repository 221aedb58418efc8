"""What generated projects consist of: read file by file, without installing anything."""

import ast
import json
import re
import socket
import subprocess
import tomllib
from pathlib import Path

import copier
import pytest
import sqlglot
import yaml

from tests.plan import (
    DEPENDENCIES,
    DEV_DEPENDENCIES,
    FILES,
    NO_WORDS,
    TARGETS,
    WORDS,
    WORDS_OF_SEVERAL,
    expected,
)
from tests.support.matrix import Row, rows
from tests.support.projects import contents, render, rendered, stored_answers
from tests.support.questions import REPOSITORY, choice_questions, questions, reserved_names

ROWS = pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
LICENSES = {"LICENSE"}  # legal texts, in their owners' words
PACKAGE = "my_flask_app"
HAS_CODE = "docs/html-pages.md"  # modules of Python, and a template that the project renders

# The words of one value, and those of several.
ALL_WORDS = [
    *((question, frozenset({value}), words) for (question, value), words in WORDS.items()),
    *((question, values, words) for (question, values), words in WORDS_OF_SEVERAL.items()),
]


@ROWS
def test_nothing_of_the_template_is_left(row: Row) -> None:
    for path, content in contents(rendered(row.answers)).items():
        text = content.decode()
        assert text.strip(), f"{path} is empty"
        assert not path.endswith(".jinja"), path
        if path != HAS_CODE:
            assert not re.search(r"\{%|%\}|(?<!\$)\{\{|\{#", text), f"Jinja is left in {path}"
        assert "copier.yml" not in text, path


@ROWS
def test_lines_are_set_as_by_hand(row: Row) -> None:
    for path, content in contents(rendered(row.answers)).items():
        if path in LICENSES:
            continue
        text = content.decode()
        assert text.endswith("\n"), f"{path} has no newline at its end"
        assert not text.endswith("\n\n"), f"{path} ends with blank lines"
        assert not text.startswith("\n"), f"{path} begins with a blank line"
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{path} has blanks at line ends"
        most = 2 if path.endswith((".py", ".mako")) or path == HAS_CODE else 1
        assert "\n" * (most + 2) not in text, f"{path} has odd blank lines"


@ROWS
def test_every_file_is_what_its_name_says(row: Row) -> None:
    for path, content in contents(rendered(row.answers)).items():
        text = content.decode()
        if path.endswith(".py"):
            ast.parse(text, path)
        elif path.endswith(".toml"):
            tomllib.loads(text)
        elif path.endswith((".yml", ".yaml")):
            yaml.safe_load(text)
        elif path.endswith(".json"):
            json.loads(text)
        elif path.endswith(".sql"):
            dialect = {"postgresql": "postgres"}.get(
                answer(row, "database"), answer(row, "database")
            )
            assert all(sqlglot.parse(text, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE))


RAW = [row for row in rows() if stored_answers(row.answers)["data_layer"] == "raw-sql"]


@pytest.mark.parametrize("row", RAW, ids=lambda row: row.name)
def test_only_postgresql_is_asked_for_the_id_of_a_new_row(row: Row) -> None:
    """Its driver does not tell it, as the others' do; and MySQL, unlike MariaDB, has no RETURNING."""
    path = f"src/{PACKAGE}/blueprints/posts/queries.sql"
    asked = b"RETURNING id" in (rendered(row.answers) / path).read_bytes()
    assert asked == (answer(row, "database") == "postgresql")


def answer(row: Row, name: str) -> str:
    return stored_answers(row.answers)[name]


@ROWS
def test_off_means_gone(row: Row) -> None:
    answers = stored_answers(row.answers)
    files = {
        path: text.decode().lower()
        for path, text in contents(rendered(row.answers)).items()
        if path not in LICENSES | {".copier-answers.yml"}
    }
    for question, values, words in ALL_WORDS:
        if answers[question] in values:
            continue
        for word in words:
            for path, text in files.items():
                found = word.lower() in path.lower() or word.lower() in text
                names = " or ".join(sorted(values))
                assert not found, f"{path} has {word!r}, though {question} is not {names}"


def test_every_value_of_every_choice_has_its_words() -> None:
    every = {(name, value) for name, q in choice_questions().items() for value in q.values}
    assert every == set(WORDS) | NO_WORDS.keys()
    assert every >= {(question, value) for question, values, _ in ALL_WORDS for value in values}


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [(question, value, words) for question, values, words in ALL_WORDS for value in sorted(values)],
)
def test_the_words_of_a_value_stand_where_it_is_chosen(
    question: str, value: str, words: list[str]
) -> None:
    """Otherwise their absence elsewhere would mean nothing."""
    chosen = [row for row in rows() if answer(row, question) == value]
    texts = [
        "\n".join(f"{p}\n{c.decode()}" for p, c in contents(rendered(r.answers)).items()).lower()
        for r in chosen
    ]
    for word in words:
        assert any(word.lower() in text for text in texts), word


@pytest.mark.parametrize(
    "question", [n for n in choice_questions() if n not in {"license", "python"}]
)
def test_words_cover_what_an_option_adds(question: str) -> None:
    """Each dependency that only one value brings is among the words of that value."""
    brought: dict[str, set[str]] = {}
    for value in choice_questions()[question].values:
        sets = [set().union(*dependencies(row)) for row in rows() if answer(row, question) == value]
        brought[value] = set.intersection(*sets)
    for value, packages in brought.items():
        others = [
            set().union(*dependencies(row)) for row in rows() if answer(row, question) != value
        ]
        for package in packages - set().union(*others):
            words = [word.lower() for word in WORDS[question, value]]
            assert any(word in package for word in words), f"{package} of {question}={value}"


@ROWS
def test_it_has_the_files_of_its_answers_and_no_other(row: Row) -> None:
    answers = stored_answers(row.answers)
    package = f"src/{answers['package_name']}/"
    found = {path.replace(package, "src/") for path in contents(rendered(row.answers))}
    assert found == expected(FILES, answers)


@ROWS
def test_it_has_the_dependencies_of_its_answers_and_no_other(row: Row) -> None:
    answers = stored_answers(row.answers)
    to_run, to_develop = dependencies(row)
    assert to_run == expected(DEPENDENCIES, answers)
    assert to_develop == expected(DEV_DEPENDENCIES, answers)


def test_no_project_has_the_name_of_a_package_that_it_depends_on() -> None:
    """Installed, it would replace that one. pip and uv are what installs it."""
    names = {name for row in rows() for names in dependencies(row) for name in names}
    reserved = set(reserved_names().split())
    assert {name.replace("-", "_") for name in names} | {"pip", "uv", "poetry"} <= reserved


def dependencies(row: Row) -> tuple[set[str], set[str]]:
    """The names of the packages that a project declares, for running and for development."""
    text = (rendered(row.answers) / "pyproject.toml").read_text(encoding="utf-8")
    metadata = tomllib.loads(text)
    to_run, to_develop = metadata["project"]["dependencies"], metadata["dependency-groups"]["dev"]
    return names_of(to_run), names_of(to_develop)


@ROWS
def test_make_has_the_commands_of_its_answers_and_no_other(row: Row) -> None:
    text = (rendered(row.answers) / "Makefile").read_text(encoding="utf-8")
    found = set(re.findall(r"(?m)^([a-z-]+):.*  ## \S", text))
    assert found == expected(TARGETS, stored_answers(row.answers))


@ROWS
def test_make_brings_the_database_up_to_date_where_there_is_one(row: Row) -> None:
    answers = stored_answers(row.answers)
    has_database = answers["data_layer"] != "none"
    assert ("flask prepare" in recipe(row, "run")) == has_database
    if answers["server"] != "flask":
        assert ("flask db upgrade" in recipe(row, "serve")) == has_database
    if has_database:
        begins = "revision" if answers["data_layer"] == "raw-sql" else "migrate"
        assert f'flask db {begins} -m "$M"' in recipe(row, "db-migrate")
    assert ("pre-commit" in recipe(row, "setup")) == (answers["pre_commit"] == "true")


def recipe(row: Row, target: str) -> str:
    """What `make` would run for this, and for what it needs first."""
    done = subprocess.run(
        ["make", "--dry-run", target],
        cwd=rendered(row.answers),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[~=<>\[ ]", line)[0].lower() for line in requirements}


def test_data_layers_share_all_but_what_touches_the_database() -> None:
    layers = [v for v in questions()["data_layer"].values if v != "none"]
    trees = {v: contents(rendered({"preset": "custom", "data_layer": v})) for v in layers}
    posts = f"src/{PACKAGE}/blueprints/posts"
    own = {
        f"src/{PACKAGE}/db.py",
        f"src/{PACKAGE}/engine.py",
        f"{posts}/models.py",
        f"{posts}/services.py",
        f"{posts}/queries.sql",
        "tests/test_models.py",  # compares models with migrations, where there are models
        ".copier/feature.py",  # the table of a copy is migrated by hand, where there are no models
    }
    prose = re.compile(
        r"(README|docs/|\.copier-answers|pyproject\.toml|Makefile|migrations/env\.py)"
    )
    paths = {path for tree in trees.values() for path in tree}
    for path in paths - own:
        if not prose.match(path):
            assert len({tree.get(path) for tree in trees.values()}) == 1, path
    for path in (f"{posts}/models.py", f"{posts}/services.py"):
        assert trees["flask-sqlalchemy"][path] == trees["sqlalchemy"][path]
    assert {p for p in paths if p.startswith("tests/")} - own


def test_two_renders_are_byte_identical(tmp_path: Path) -> None:
    answers = {"preset": "full", "project_name": "Twice"}
    assert contents(render(answers, tmp_path / "one")) == contents(
        render(answers, tmp_path / "two")
    )


def test_rendering_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert contents(render({"preset": "full"}, tmp_path / "project"))


def test_a_path_a_git_url_and_make_new_agree(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run([*git, "clone", "--quiet", str(REPOSITORY), str(repository)], check=True)
    sources = {"path": str(repository), "url": f"git+file://{repository}"}
    trees = []
    for name, source in sources.items():
        project = tmp_path / name / "shop"
        copier.run_copy(source, project, defaults=True, quiet=True, vcs_ref="HEAD")
        trees.append(contents(project))
    subprocess.run(
        ["make", "-s", "new", f"DEST={tmp_path / 'make/shop'}", "REF=HEAD", "ARGS=--defaults"],
        cwd=repository,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    trees.append(contents(tmp_path / "make/shop"))
    for tree in trees:
        answers = yaml.safe_load(tree.pop(".copier-answers.yml"))
        assert answers["_commit"]
    assert trees[0] == trees[1] == trees[2]


def test_the_factory_is_short_and_has_no_jinja() -> None:
    name = f"src/{PACKAGE}/__init__.py"
    factories = {contents(rendered(row.answers))[name] for row in rows()}
    [factory] = factories
    assert len(factory.splitlines()) < 50
    template = REPOSITORY / "template/src/{{package_name}}/__init__.py"
    assert template.read_bytes() == factory


def test_no_path_of_the_template_but_the_package_is_computed() -> None:
    for path in (REPOSITORY / "template").rglob("*"):
        name = path.relative_to(REPOSITORY).as_posix().replace("{{package_name}}", "")
        assert "{" not in name, name


@ROWS
def test_nothing_that_is_shared_names_a_feature(row: Row) -> None:
    """No module and no test: else a feature that is deleted, or a seed that is added, breaks it."""
    for path, content in contents(rendered(row.answers)).items():
        shared = path.startswith(("src/", "tests/")) and "/blueprints/" not in path
        if shared and path.endswith(".py") and not path.endswith("/db.py"):
            assert not re.search(rb"posts|hello", content.lower()), path


def test_no_seven_lines_stand_twice_in_a_file() -> None:
    """A user's edit among repeated lines could land in the wrong place in an update."""
    for row in rows():
        for path, content in contents(rendered(row.answers)).items():
            if path in LICENSES:
                continue
            lines = content.decode().splitlines()
            windows = ["\n".join(lines[i : i + 7]) for i in range(len(lines) - 6)]
            repeated = [w for w in windows if windows.count(w) > 1]
            assert not repeated, f"{path}:\n{repeated[0]}"


def test_the_environment_file_names_every_variable_that_is_read() -> None:
    for row in rows():
        tree = contents(rendered(row.answers))
        code = "\n".join(
            c.decode() for p, c in tree.items() if p.endswith(".py") and not p.startswith("tests/")
        )
        read = set(re.findall(r'read\(\s*"([A-Z_]+)"', code))
        read |= set(re.findall(r'^    "([A-Z_]+)": \("', code, re.MULTILINE))
        served = tree.get("gunicorn.conf.py", b"") + tree["Makefile"]
        served += b"".join(c for p, c in tree.items() if p.startswith("deploy/compose/"))
        read |= set(re.findall(r"(?:environ\.get\([\"']|\$\{)([A-Z_]+)", served.decode()))
        listed = set(re.findall(r"^#? ?([A-Z_]+)=", tree[".env.example"].decode(), re.MULTILINE))
        assert read == listed - {"FLASK_DEBUG", "COMPOSE_FILE"}  # of Flask and Docker Compose
