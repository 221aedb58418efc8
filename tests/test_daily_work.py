"""Files for developers of a project: AGENTS.md, the pages for daily work, .gitattributes."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.installed import Installed
from tests.support.matrix import Row, answer, row_with, rows
from tests.support.needs import missing
from tests.support.projects import VERSION, environment, render, rendered, run, stored_answers
from tests.support.releases import git
from tests.support.servers import running
from tests.support.terminal import blocks, targets
from tests.test_updates import begun, change

ROWS = pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
MOST_LINES = 60
# Every byte, and the line endings of Unix and Windows.
BINARY = bytes(range(256)) + b"\r\n\n\r" * 4


def one_for_each(question: str) -> list[Row]:
    """Return the first row of the covering set with each answer to this question."""
    found: dict[str, Row] = {}
    for row in rows():
        found.setdefault(answer(row, question), row)
    return list(found.values())


def on(*chosen: Row) -> pytest.MarkDecorator:
    """Run a test in these projects, which are installed."""
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


def with_database(name: str) -> pytest.MarkDecorator:
    return on(row_with(database=name))


def page(project: Path, name: str) -> str:
    return (project / name).read_text(encoding="utf-8")


# --- AGENTS.md --------------------------------------------------------------------------------


@ROWS
def test_agents_md_is_short(row: Row) -> None:
    assert len(page(rendered(row.answers), "AGENTS.md").splitlines()) <= MOST_LINES


@ROWS
def test_every_path_in_agents_md_exists(row: Row) -> None:
    project = rendered(row.answers)
    package = project / "src" / stored_answers(row.answers)["package_name"]
    features = [path for path in (package / "blueprints").iterdir() if path.is_dir()]
    words = re.findall(r"`([^`\s]+)`", page(project, "AGENTS.md"))
    paths = [word for word in words if "/" in word or re.search(r"\.[a-z]+$", word)]
    assert len(paths) > 10
    made_by_setup = {".env"}
    for path in set(paths) - made_by_setup:
        places = (project, package, *features)
        assert any((place / path).exists() for place in places), path


@pytest.mark.project
def test_a_custom_page_stays_in_the_index(tmp_path: Path) -> None:
    project = tmp_path / "project"
    run(["cp", "-r", str(begun(Row("default", ()))), str(project)], tmp_path, os.environ)
    path = project / "docs" / "README.md"
    marker, mine = "<!-- yours: added below -->\n", "- [Prices](prices.md): all in cents.\n"
    text = path.read_text(encoding="utf-8")
    assert marker in text
    path.write_text(text.replace(marker, marker + mine), encoding="utf-8")
    git(project, "commit", "--quiet", "--all", "--message", "Mine")
    change(project, {"server": "flask", "container": "none", "pre_commit": "false"})
    assert git(project, "ls-files", "--unmerged") == ""
    text = path.read_text(encoding="utf-8")
    assert f".\n{marker}{mine}" in text
    assert "(commit-hook.md)" not in text


@pytest.mark.project
def test_an_edit_of_agents_md_survives_a_changed_option(tmp_path: Path) -> None:
    project = tmp_path / "project"
    run(["cp", "-r", str(begun(Row("default", ()))), str(project)], tmp_path, os.environ)
    path = project / "AGENTS.md"
    mine = "- Prices are in cents.\n"
    edited = path.read_text(encoding="utf-8").replace("# How to work on", "# Rules of")
    path.write_text(f"{edited}\n{mine}", encoding="utf-8")
    git(project, "commit", "--quiet", "--all", "--message", "Mine")
    change(project, {"data_layer": "none", "database": "none"})
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Rules of")
    assert text.endswith(mine)
    assert "make db-migrate" not in text
    assert "<<<" not in text
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "Without a database")
    change(project, {"data_layer": "raw-sql", "database": "sqlite"})
    assert "make db-migrate" in path.read_text(encoding="utf-8")
    assert git(project, "ls-files", "--unmerged") == ""


# --- Without make -----------------------------------------------------------------------------


def instead_of_make(project: Path) -> dict[str, list[str]]:
    """Return the commands that replace each make target in the table."""
    lines = re.findall(r"^\| `make ([a-z-]+).*?` \| (.*) \|$", page(project, WITHOUT), re.MULTILINE)
    assert lines
    return {target: re.findall(r"`([^`]+)`", commands) for target, commands in lines}


WITHOUT = "docs/without-make.md"


@ROWS
def test_the_table_without_make_has_every_target(row: Row) -> None:
    project = rendered(row.answers)
    assert set(instead_of_make(project)) == targets(project / "Makefile") - {"help"}


@ROWS
def test_the_table_has_the_commands_that_make_runs(row: Row) -> None:
    """make runs the programs from PATH, and `audit` gets only the path of the packages.

    PYTHON, which runs update.py, may differ from the project's Python.
    """
    project = rendered(row.answers)
    given = {
        "db-migrate": ["M=add tags"],
        "option": ["SET=python=3.13"],
        "feature": ["NAME=notes"],
    }
    for target, commands in instead_of_make(project).items():
        printed = subprocess.run(
            ["make", "--dry-run", target, "PYTHON=python", *given.get(target, [])],
            cwd=project,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        printed = (
            re.sub(r"\\\n\s*", "", printed)
            .replace('"$M"', '"add tags"')
            .replace('"$NAME"', "notes")
        )
        for command in commands:
            if not re.fullmatch(r"[A-Z_]+=\S+|site-packages|\.venv|wsgi:app", command):
                assert command.replace(".venv/bin/", "") in printed, (target, command)


@pytest.mark.project
@on(*one_for_each("package_manager"))
def test_the_setup_commands_without_make_work(project: Installed) -> None:
    """Run them in an installed project, where they have nothing left to do."""
    [script] = blocks(page(project.folder, WITHOUT), "text")
    before = page(project.folder, "pyproject.toml")
    settings = project.folder / "poetry.toml"
    had_settings = settings.exists()
    env = {name: value for name, value in project.env.items() if name != "VIRTUAL_ENV"}
    for command in script.splitlines():
        if command != "python -m venv .venv":
            run(shlex.split(command), project.folder, env)
    if not had_settings:
        settings.unlink(missing_ok=True)
    assert page(project.folder, "pyproject.toml") == before
    assert (project.folder / ".venv" / "bin" / "flask").exists()


# --- Daily work -------------------------------------------------------------------------------

DAILY = "docs/daily-work.md"
DATABASE = "docs/database.md"


def output_of(command: list[str], project: Installed, typed: str, **variables: str) -> str:
    """Return the output of a command with this input. The command has to succeed."""
    done = subprocess.run(
        command,
        cwd=project.folder,
        env=project.env | variables,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def need_program(name: str, package: str, project: Installed) -> None:
    if not shutil.which(name, path=project.env["PATH"]):
        missing(f"the program {name}", f"install the package {package}")


@pytest.mark.project
@with_database("sqlite")
def test_the_sqlite_shell(project: Installed) -> None:
    project.flask("db", "upgrade")
    project.flask("seed")
    found = blocks(page(project.folder, DATABASE), "console")[-1].splitlines()
    assert len(found) == 2
    need_program("sqlite3", "sqlite3", project)
    tables, posts = (output_of(shlex.split(command), project, "") for command in found)
    assert {"alembic_version", "posts"} <= set(tables.split())
    assert "1|" in posts


@pytest.mark.project
@with_database("postgresql")
def test_psql_on_the_embedded_server(project: Installed) -> None:
    """Run the script of the page, and commands of psql."""
    [script] = blocks(page(project.folder, DATABASE), "python")
    env = {name: value for name, value in project.env.items() if name != "DATABASE_URL"}
    project = Installed(project.folder, project.answers, env, project.seconds)
    project.flask("db", "upgrade")
    path = project.folder / "psql.py"
    path.write_text(script, encoding="utf-8")
    try:
        printed = output_of([".venv/bin/python", "psql.py"], project, "\\dt\n\\d posts\n\\q\n")
    finally:
        path.unlink()
    assert "alembic_version" in printed
    assert "created_at" in printed


@pytest.mark.project
@with_database("mysql")
def test_the_mysql_client(project: Installed) -> None:
    project.flask("db", "upgrade")
    [command] = blocks(page(project.folder, DATABASE), "text")
    parts = urlsplit(project.env["DATABASE_URL"])
    for option in ("--host=host", "--port=3306", "--user=user", "--password name"):
        assert option in command
    need_program("mysql", "mariadb-client", project)
    # Without a terminal, pass the password instead of typing it.
    filled = [
        "mysql",
        f"--host={parts.hostname}",
        f"--port={parts.port or 3306}",
        f"--user={parts.username}",
        f"--password={parts.password or ''}",
        parts.path.removeprefix("/"),
    ]
    printed = output_of(filled, project, "SHOW TABLES;\nDESCRIBE posts;\nexit\n")
    assert "alembic_version" in printed
    assert "created_at" in printed


EXAMPLES = (
    row_with(interface="api", data_layer="raw-sql"),
    next(r for r in rows() if r.name == "preset-minimal"),
)


@pytest.mark.project
@on(*EXAMPLES)
def test_flask_shell_has_the_application(project: Installed) -> None:
    printed = output_of(["flask", "shell"], project, "print(app.import_name, 6 * 7)\n")
    assert f"{project.answers['package_name']} 42" in printed


@pytest.mark.project
@on(EXAMPLES[0])
def test_a_breakpoint_stops_a_test(project: Installed) -> None:
    path = project.folder / "tests" / "test_stop.py"
    path.write_text("def test_stop() -> None:\n    number = 6\n    breakpoint()\n", "utf-8")
    try:
        typed = "p number * 7\nc\n"
        printed = output_of(["make", "test", "ARGS=tests/test_stop.py"], project, typed)
    finally:
        path.unlink()
    assert "42" in printed
    assert "1 passed" in printed


@pytest.mark.project
@on(EXAMPLES[1])
def test_vs_code_starts_the_application(project: Installed) -> None:
    """Run the command of its debugger: the module with these arguments in this folder.

    `tests/test_editor.py` runs the configurations of projects with `editor=vscode`.
    """
    text = page(project.folder, DAILY)
    [launch] = json.loads(blocks(text, "json")[0])["configurations"]
    assert launch["cwd"] == "${workspaceFolder}"
    assert launch["type"] == "debugpy"
    assert f"`{' '.join(launch['args'])}`" in text  # PyCharm's
    command = [".venv/bin/python", "-m", launch["module"], *launch["args"], "--port", "$PORT"]
    with running(command, project.folder, project.env):
        pass


# --- make run ---------------------------------------------------------------------------------


@pytest.mark.project
@with_database("sqlite")
def test_make_run_loads_the_application_twice_and_prepares_it_once(project: Installed) -> None:
    """The first process prepares the database and watches files, the second one serves."""
    path = project.folder / "wsgi.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(f'{before}\nprint("A start", flush=True)\n', encoding="utf-8")
    try:
        with running(["make", "run"], project.folder, project.env) as server:
            assert server.log.read_text().count("A start") == 2
            path.touch()
            deadline = time.monotonic() + 120
            while (printed := server.log.read_text()).count("A start") == 2:
                assert time.monotonic() < deadline, printed
                time.sleep(0.1)
            server.wait()
            assert len(re.findall(r"^posts: \d+ written$", printed, re.MULTILINE)) == 1, printed
    finally:
        path.write_text(before, encoding="utf-8")


# --- An HTML page -----------------------------------------------------------------------------


@pytest.fixture
def with_example(project: Installed) -> Iterator[Installed]:
    """A project with the example of docs/html-pages.md."""
    text = page(project.folder, "docs/html-pages.md")
    example = re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(example) == 5
    made = [project.folder / name for name, _ in example]
    for path, (_, content) in zip(made, example, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    yield project
    for path in made:
        path.unlink()


@pytest.mark.project
@on(*EXAMPLES)
def test_the_html_page_example_sets_its_own_policy(with_example: Installed) -> None:
    folder, env = with_example.folder, with_example.env
    printed = run(["make", "lint", "types", "test"], folder, env).stdout
    assert " passed" in printed
    script = """
import json
from wsgi import app
client = app.test_client()
for path in ("/about", "/about/static/page.css", "/health"):
    print(json.dumps([client.get(path).status_code, dict(client.get(path).headers)]))
"""
    lines = run([".venv/bin/python", "-c", script], folder, env).stdout.splitlines()
    about, style, health = (json.loads(line) for line in lines[-3:])
    assert [about[0], style[0], health[0]] == [200, 200, 200]
    policy = "Content-Security-Policy"
    assert "style-src 'self'" in about[1][policy]
    assert "unsafe" not in about[1][policy]
    assert "style-src" not in health[1][policy]
    others = set(health[1]) - {policy, "Content-Type", "Content-Length", "X-Request-ID"}
    assert {name: about[1][name] for name in others} == {name: health[1][name] for name in others}


# --- make setup -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manager", "lock"),
    [("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pip", "requirements.txt")],
)
def test_make_setup_installs_after_a_change_of_the_lock_file(
    manager: str, lock: str, tmp_path: Path
) -> None:
    """`git pull` of an update by Dependabot changes nothing else."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(rendered({"package_manager": manager}) / name, tmp_path)
    ready = tmp_path / ".venv/ready"
    ready.parent.mkdir()
    ready.touch()
    installed_at = int(ready.stat().st_mtime)
    os.utime(ready, (installed_at, installed_at))
    os.utime(tmp_path / "pyproject.toml", (installed_at, installed_at - 60))

    def is_up_to_date() -> bool:
        command = ["make", "--question", ".venv/ready"]
        done = subprocess.run(command, cwd=tmp_path, env=environment(VERSION), check=False)
        assert done.returncode in {0, 1}
        return done.returncode == 0

    assert is_up_to_date()  # without a lock file
    for seconds, expected in ((-60, True), (0, True), (60, False)):
        (tmp_path / lock).touch()
        os.utime(tmp_path / lock, (installed_at, installed_at + seconds))
        assert is_up_to_date() is expected


# --- .gitattributes ---------------------------------------------------------------------------


@pytest.mark.project
def test_a_checkout_on_windows_keeps_the_line_endings(tmp_path: Path) -> None:
    project, clone = tmp_path / "project", tmp_path / "clone"
    render({"preset": "full"}, project)
    (project / "logo.png").write_bytes(BINARY)
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "Start")
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(project), str(clone))
    files = git(clone, "ls-files", "-z").split("\0")[:-1]
    assert "Makefile" in files
    for name in files:
        content = (clone / name).read_bytes()
        assert content == (project / name).read_bytes(), name
        assert name == "logo.png" or b"\r" not in content, name
    # make and bash take a carriage return as part of the line.
    assert "make test" in run(["make", "help"], clone, environment(VERSION)).stdout
    run(["bash", "-n", "deploy/rollout"], clone, environment(VERSION))
    assert git(clone, "status", "--porcelain") == ""
