"""The files of generated projects, read without installing anything."""

import ast
import json
import re
import socket
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path

import copier
import jinja2
import pytest
import sqlglot
import yaml
from jinja2 import nodes

from tests.plan import (
    DEPENDENCIES,
    DEV_DEPENDENCIES,
    FILES,
    NO_WORDS,
    SHARED_WORDS,
    TARGETS,
    WORDS,
    WORDS_OF_SEVERAL,
    expected,
)
from tests.support.matrix import Row, answer, rows
from tests.support.projects import contents, render, rendered, stored_answers
from tests.support.questions import REPOSITORY, choice_questions, questions, reserved_names

ROWS = pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
# The files with conditions on several options; docs/decisions/options.md has the reasons.
SEVERAL_OPTIONS = {
    "options/data_layer/db/_models.jinja": {"data_layer", "database"},
    "options/data_layer/db/_sqlalchemy_imports.jinja": {"data_layer", "database"},
    "options/data_layer/db/raw-sql.py.jinja": {"data_layer", "database"},
    "options/data_layer/posts/queries.sql.jinja": {"data_layer", "database"},
    "options/data_layer/videos/queries.sql.jinja": {"data_layer", "database"},
    "options/database/dependencies.yml": {"data_layer", "database"},
    "options/database/engine/mysql.py.jinja": {"data_layer", "database"},
    "options/database/engine/sqlite.py.jinja": {"data_layer", "database"},
    "options/database/environment.yml": {"container", "database"},
    "options/redis/environment.yml": {"container", "redis"},
    "options/server/parts/Makefile": {"data_layer", "server"},
}
LICENSES = {"LICENSE"}  # legal texts, quoted from their owners
PACKAGE = "my_flask_app"
HAS_JINJA = {"docs/html-pages.md", "docs/pages.md"}  # these contain templates of the project
HAS_CODE = {
    "docs/cache.md",
    "docs/html-pages.md",
    "docs/schemas.md",
    "docs/tasks.md",
    "docs/server-sessions.md",
}  # these contain Python modules

# The words of one value, and those of several.
ALL_WORDS = [
    *((question, frozenset({value}), words) for (question, value), words in WORDS.items()),
    *((question, values, words) for (question, values), words in WORDS_OF_SEVERAL.items()),
]


@ROWS
def test_no_trace_of_the_template_is_left(row: Row) -> None:
    for path, content in contents(rendered(row.answers)).items():
        text = content.decode()
        assert text.strip(), f"{path} is empty"
        assert not path.endswith(".jinja"), path
        if path not in HAS_JINJA and "/templates/" not in path:  # Flask renders these
            assert not re.search(r"\{%|%\}|(?<!\$)\{\{|\{#", text), f"Jinja is left in {path}"
        assert "copier.yml" not in text, path


@ROWS
def test_files_have_no_odd_white_space(row: Row) -> None:
    for path, content in contents(rendered(row.answers)).items():
        if path in LICENSES:
            continue
        text = content.decode()
        assert text.endswith("\n"), f"{path} has no newline at its end"
        assert not text.endswith("\n\n"), f"{path} ends with blank lines"
        assert not text.startswith("\n"), f"{path} begins with a blank line"
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{path} has blanks at line ends"
        most = 2 if path.endswith((".py", ".mako")) or path in HAS_CODE else 1
        assert "\n" * (most + 2) not in text, f"{path} has odd blank lines"


@ROWS
def test_every_file_parses(row: Row) -> None:
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


RAW = [row for row in rows() if answer(row, "data_layer") == "raw-sql"]


@pytest.mark.parametrize("row", RAW, ids=lambda row: row.name)
def test_only_postgresql_uses_returning_id(row: Row) -> None:
    """The other drivers return the id themselves, and MySQL, unlike MariaDB, has no RETURNING."""
    path = f"src/{PACKAGE}/blueprints/posts/queries.sql"
    asked = b"RETURNING id" in (rendered(row.answers) / path).read_bytes()
    assert asked == (answer(row, "database") == "postgresql")


@ROWS
def test_an_option_that_is_off_leaves_no_trace(row: Row) -> None:
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
    for condition, shared in SHARED_WORDS:
        for word in [] if condition(answers) else shared.lower().split():
            for path, text in files.items():
                assert word not in path.lower(), path
                assert word not in text, f"{path} has {word!r}, though no option needs it"


def test_every_value_of_every_choice_has_words() -> None:
    every = {(name, value) for name, q in choice_questions().items() for value in q.values}
    assert every == set(WORDS) | NO_WORDS.keys()
    assert every >= {(question, value) for question, values, _ in ALL_WORDS for value in values}


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [(question, value, words) for question, values, words in ALL_WORDS for value in sorted(values)],
)
def test_the_words_of_a_value_appear_where_it_is_chosen(
    question: str, value: str, words: list[str]
) -> None:
    """Otherwise their absence elsewhere would prove nothing."""
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
    """Each dependency that only one value adds is among the words of that value."""
    brought: dict[str, set[str]] = {}
    for value in choice_questions()[question].values:
        sets = [set().union(*dependencies(row)) for row in rows() if answer(row, question) == value]
        brought[value] = set.intersection(*sets)
    for value, packages in brought.items():
        others = [
            set().union(*dependencies(row)) for row in rows() if answer(row, question) != value
        ]
        shared = {word for _, words in SHARED_WORDS for word in words.split()}
        for package in packages - set().union(*others) - shared:
            words = [word.lower() for word in WORDS[question, value]]
            # "requests" is also a word of sentences: its words are "requests~=" instead.
            found = any(word in package or word.startswith(package) for word in words)
            assert found, f"{package} of {question}={value}"


@ROWS
def test_a_project_has_exactly_the_files_of_its_answers(row: Row) -> None:
    answers = stored_answers(row.answers)
    package = f"src/{answers['package_name']}/"
    found = {path.replace(package, "src/") for path in contents(rendered(row.answers))}
    assert found == expected(FILES, answers)


@ROWS
def test_a_project_has_exactly_the_dependencies_of_its_answers(row: Row) -> None:
    answers = stored_answers(row.answers)
    to_run, to_develop = dependencies(row)
    assert to_run == expected(DEPENDENCIES, answers)
    assert to_develop == expected(DEV_DEPENDENCIES, answers)


def test_the_names_of_dependencies_are_reserved() -> None:
    """A project with such a name would replace the dependency when it is installed."""
    names = {name for row in rows() for names in dependencies(row) for name in names}
    reserved = set(reserved_names().split())
    assert {name.replace("-", "_") for name in names} | {"pip", "uv", "poetry"} <= reserved


def dependencies(row: Row) -> tuple[set[str], set[str]]:
    """Return the names of a project's dependencies and development dependencies."""
    text = (rendered(row.answers) / "pyproject.toml").read_text(encoding="utf-8")
    metadata = tomllib.loads(text)
    to_run, to_develop = metadata["project"]["dependencies"], metadata["dependency-groups"]["dev"]
    return names_of(to_run), names_of(to_develop)


@ROWS
def test_make_has_exactly_the_targets_of_its_answers(row: Row) -> None:
    text = (rendered(row.answers) / "Makefile").read_text(encoding="utf-8")
    found = set(re.findall(r"(?m)^([a-z-]+):.*  ## \S", text))
    assert found == expected(TARGETS, stored_answers(row.answers))


@ROWS
def test_make_upgrades_the_database_if_there_is_one(row: Row) -> None:
    answers = stored_answers(row.answers)
    has_database = answers["data_layer"] != "none"
    assert ("flask run --first prepare" in recipe(row, "run")) == has_database
    if answers["server"] != "flask":
        assert ("flask db upgrade" in recipe(row, "serve")) == has_database
    if has_database:
        begins = "revision" if answers["data_layer"] == "raw-sql" else "migrate"
        assert f'flask db {begins} -m "$M"' in recipe(row, "db-migrate")
    assert ("pre-commit" in recipe(row, "setup")) == (answers["pre_commit"] == "true")


def recipe(row: Row, target: str) -> str:
    """Return the commands that `make` would run for a target and its prerequisites."""
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


def test_data_layers_differ_only_in_database_code() -> None:
    layers = [v for v in questions()["data_layer"].values if v != "none"]
    trees = {v: contents(rendered({"preset": "custom", "data_layer": v})) for v in layers}
    posts = f"src/{PACKAGE}/blueprints/posts"
    own = {
        f"src/{PACKAGE}/db.py",
        f"src/{PACKAGE}/engine.py",
        f"{posts}/models.py",
        f"{posts}/services.py",
        f"{posts}/queries.sql",
        "tests/test_models.py",  # it compares models with migrations, if there are models
        ".copier/feature.py",  # without models, the user writes the migration of a copied feature
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


@pytest.mark.parametrize(
    ("layer", "own"),
    [
        ("none", ["blueprints/hello/schemas.py"]),
        ("raw-sql", ["blueprints/posts/schemas.py", "pagination.py"]),
    ],
)
def test_libraries_of_schemas_differ_only_in_schemas(layer: str, own: list[str]) -> None:
    one, other = (
        contents(rendered({"data_layer": layer, "validation": library}))
        for library in questions()["validation"].values
        if library != "none"
    )
    different = {f"src/{PACKAGE}/{path}" for path in ("schemas.py", *own)}
    different |= {"docs/schemas.md", "pyproject.toml", ".copier-answers.yml"}
    assert one.keys() == other.keys()
    assert {path for path in one if one[path] != other[path]} == different


@pytest.mark.parametrize("data_layer", ["flask-sqlalchemy", "none"])
def test_api_frameworks_differ_only_in_routes(data_layer: str) -> None:
    answers = {"preset": "custom", "data_layer": data_layer}
    trees = [
        contents(rendered(answers | {"api_framework": value}))
        for value in questions()["api_framework"].values
        if value != "none"
    ]
    package = f"src/{PACKAGE}"
    sample = "hello" if data_layer == "none" else "posts"
    own = {f"{package}/application.py", f"{package}/resources.py", "tests/test_openapi.py"}
    own |= {f"{package}/blueprints/{sample}/routes.py"}
    prose = re.compile(
        rf"(docs/|AGENTS|\.copier-answers|pyproject\.toml|Makefile|{package}/openapi/)"
    )
    for path in set().union(*trees) - own:
        if not prose.match(path):
            assert len({tree.get(path) for tree in trees}) == 1, path
    assert len({tree[f"{package}/blueprints/{sample}/routes.py"] for tree in trees}) == len(trees)


def test_two_renders_are_byte_identical(tmp_path: Path) -> None:
    answers = {"preset": "full", "project_name": "Twice"}
    assert contents(render(answers, tmp_path / "one")) == contents(
        render(answers, tmp_path / "two")
    )


def test_rendering_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("rendering opened a connection")

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


def test_only_the_package_folder_has_a_computed_name() -> None:
    for path in (REPOSITORY / "template").rglob("*"):
        name = path.relative_to(REPOSITORY).as_posix().replace("{{package_name}}", "")
        assert "{" not in name, name


def test_the_conditions_of_a_file_are_on_one_option() -> None:
    """Nobody has to think of two at once to read it. A file in an option's folder is on that one."""
    # A question's default is computed from the preset, and its files are left out for refusals too.
    asked = set(REPOSITORY.glob("options/*/question*.yml"))
    owners = {
        name: path.parent.name
        for path in asked
        for name in yaml.safe_load(path.read_text(encoding="utf-8"))
    }
    found = {}
    files = {*REPOSITORY.glob("template/**/*.jinja"), *REPOSITORY.glob("options/*/**/*")}
    for path in sorted(filter(Path.is_file, files - asked)):
        name = path.relative_to(REPOSITORY)
        options = {owners[value] for value in values_in_conditions(path) if value in owners}
        options |= {name.parts[1]} if name.parts[0] == "options" else set()
        found[name.as_posix()] = options
    assert {name: options for name, options in found.items() if len(options) > 1} == SEVERAL_OPTIONS
    reasons = (REPOSITORY / "docs/decisions/options.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in reasons for name in SEVERAL_OPTIONS)


def values_in_conditions(path: Path) -> set[str]:
    """The names in a file's conditions, also in those inside an expression."""
    tree = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
    conditions = [node.test for node in tree.find_all(nodes.If)]
    conditions += [node.test for node in tree.find_all(nodes.CondExpr)]
    conditions += [node.arg for node in tree.find_all(nodes.Getitem)]  # a value for each choice
    # What is searched are the children: a name that is alone has none.
    every = [nodes.Output([condition]) for condition in conditions]
    return {name.name for each in every for name in each.find_all(nodes.Name)}


# The questions that each file of a feature depends on; those that are not listed depend on none.
DEPENDS_ON = {
    "__init__.py": ["interface"],
    "models.py": ["data_layer"],
    "queries.sql": ["data_layer", "database"],
    "routes.py": ["api_framework"],
    "schemas.py": ["validation"],
    "services.py": ["data_layer"],
}


def test_the_files_of_a_feature_depend_on_one_question_each() -> None:
    """A copy of a feature then works with every combination of the other answers."""
    variants: dict[tuple[str, ...], set[bytes]] = defaultdict(set)
    for row in rows():
        answers = stored_answers(row.answers)
        for path, content in contents(rendered(row.answers)).items():
            if "/blueprints/" in path:
                chosen = [answers[question] for question in DEPENDS_ON.get(Path(path).name, [])]
                variants[path, *chosen].add(content)
    assert len(variants) > 10
    assert [key for key, texts in variants.items() if len(texts) > 1] == []


@ROWS
def test_shared_modules_do_not_name_a_feature(row: Row) -> None:
    """Otherwise a deleted feature or an added seed would break shared modules or tests."""
    for path, content in contents(rendered(row.answers)).items():
        shared = path.startswith(("src/", "tests/")) and "/blueprints/" not in path
        if shared and path.endswith(".py") and not path.endswith("/db.py"):
            assert not re.search(rb"posts|hello", content.lower()), path


def test_no_file_repeats_seven_lines() -> None:
    """A user's edit among repeated lines could land in the wrong place in an update."""
    for row in rows():
        for path, content in contents(rendered(row.answers)).items():
            if path in LICENSES:
                continue
            lines = content.decode().splitlines()
            windows = ["\n".join(lines[i : i + 7]) for i in range(len(lines) - 6)]
            repeated = [w for w in windows if windows.count(w) > 1]
            assert not repeated, f"{path}:\n{repeated[0]}"


def test_env_example_lists_every_variable_that_is_read() -> None:
    for row in rows():
        tree = contents(rendered(row.answers))
        code = "\n".join(
            c.decode() for p, c in tree.items() if p.endswith(".py") and not p.startswith("tests/")
        )
        read = set(re.findall(r'read\(\s*"([A-Z_]+)"', code))
        [variables] = re.findall(r"^VARIABLES.*?^}", code, re.DOTALL | re.MULTILINE)
        for found in (
            variables,
            *re.findall(r"read_into\(\s*app\.config,\s*\{.*?\}", code, re.DOTALL),
        ):
            read |= set(re.findall(r'"([A-Z_]+)": ', found))
        served = tree.get("gunicorn.conf.py", b"") + tree["Makefile"]
        served += b"".join(c for p, c in tree.items() if p.startswith("deploy/compose/"))
        reads = r"(?:(?:environ\.get|settings\.get|read_number)\([\"']|\$\{)([A-Z_]+)"
        read |= set(re.findall(reads, served.decode()))
        read.discard("TRUSTED_HOSTS")  # it is refused
        listed = set(re.findall(r"^#? ?([A-Z_]+)=", tree[".env.example"].decode(), re.MULTILINE))
        assert read == listed - {
            "FLASK_DEBUG",
            "COMPOSE_FILE",
        }  # Flask and Docker Compose read these
