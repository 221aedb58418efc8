"""Mistakes with the database, a migration or .env: one line says how to fix each."""

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.projects import run
from tests.support.servers import execute, free_port
from tests.support.user_edits import edit, newest_migration

pytestmark = pytest.mark.project

SERVERS = ("postgresql", "mysql")
BY_DATABASE = {
    database: row_with(database=database, data_layer=layer)
    for database, layer in {
        "sqlite": "flask-sqlalchemy",
        "postgresql": "raw-sql",
        "mysql": "sqlalchemy",
    }.items()
}


def on(*databases: str) -> pytest.MarkDecorator:
    chosen = [BY_DATABASE[database] for database in databases]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


def fail(project: Installed, command: str, **variables: str) -> str:
    """Run a command that fails, and return its output, which must not have a traceback."""
    ended = subprocess.run(
        command.split(),
        cwd=project.folder,
        env=project.env | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode != 0, ended.stdout
    assert "Traceback" not in ended.stdout
    assert "hunter2" not in ended.stdout
    return ended.stdout


def line_with(printed: str, part: str) -> str:
    """Return the only line with this text, from output that fits on a screen."""
    assert len(printed.splitlines()) < 20, printed
    [line] = [line for line in printed.splitlines() if part in line]
    return line


# --- The server -------------------------------------------------------------------------------


@on(*SERVERS)
@pytest.mark.parametrize("command", ["flask db upgrade", "make run", "make test"])
def test_an_unreachable_server(project: Installed, command: str) -> None:
    scheme = project.answers["database"]
    url = f"{scheme}://me:hunter2@127.0.0.1:{free_port()}/name"
    printed = fail(project, command, DATABASE_URL=url, PORT=str(free_port()))
    line = line_with(printed, "No database responds at")
    assert ":***@127.0.0.1" in line
    assert "Start it, or set DATABASE_URL." in line


@on(*SERVERS)
def test_a_missing_database(project: Installed) -> None:
    url = urlsplit(project.env["DATABASE_URL"])._replace(path="/not_there").geturl()
    line = line_with(fail(project, "flask db upgrade", DATABASE_URL=url), "refuses the connection")
    mark = '"' if project.answers["database"] == "postgresql" else "`"
    assert f"Create it: CREATE DATABASE {mark}not_there{mark}" in line
    assert "Start it" not in line


@on(*SERVERS)
@pytest.mark.parametrize("command", ["flask db upgrade", "make test"])
def test_an_unknown_user(project: Installed, command: str) -> None:
    parts = urlsplit(project.env["DATABASE_URL"])
    url = parts._replace(netloc=f"nobody_here:hunter2@{parts.hostname}:{parts.port}").geturl()
    line = line_with(fail(project, command, DATABASE_URL=url), "refuses the connection")
    assert "Check the user and the password in DATABASE_URL" in line
    assert "Start it" not in line


@on("mysql")
def test_a_wrong_password(project: Installed) -> None:
    """The next test covers PostgreSQL, whose server here requires no password."""
    url = project.env["DATABASE_URL"]
    execute("mysql", url, "CREATE USER IF NOT EXISTS 'mistaken'@'%' IDENTIFIED BY 'right'")
    try:
        parts = urlsplit(url)
        wrong = parts._replace(netloc=f"mistaken:hunter2@{parts.hostname}:{parts.port}").geturl()
        line = line_with(fail(project, "flask db upgrade", DATABASE_URL=wrong), "refuses the conn")
        assert "Check the user and the password in DATABASE_URL" in line
    finally:
        execute("mysql", url, "DROP USER 'mistaken'@'%'")


EXPLAIN = """
from sqlalchemy import make_url
from {package}.engine import explain

url = make_url("postgresql+psycopg://me:hunter2@host/name")
for reason in (
    'connection failed: FATAL:  password authentication failed for user "me"',
    'connection failed: FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "me"',
):
    print(explain(Exception(reason), url))
"""


@on("postgresql")
def test_explanations_of_postgresql_login_errors(project: Installed) -> None:
    code = EXPLAIN.format(package=project.answers["package_name"])
    first, second = run(["python", "-c", code], project.folder, project.env).stdout.splitlines()
    assert "Check the user and the password in DATABASE_URL." in first
    assert "Check DATABASE_URL." in second


PASSWORDS = """
import os
import sys
from urllib.parse import quote

from sqlalchemy import make_url
from {package}.engine import check_url, explain
from {package}.env import ConfigError, mask, read, whole_number

for line in sys.stdin.read().splitlines():
    raw = eval(line)
    pieces = [raw[at : at + 6] for at in range(0, len(raw), 7)]
    for password in (raw, quote(raw, safe="")):
        for address in ("me:%s@host:1/name", "me:%s@host/name", "me:%s@/name", "me:%s", "me:%s@host"):
            if "@" in password and "@" not in address:
                continue  # what follows it might as well be a host
            url = "{scheme}://" + address % password
            printed = [mask("at " + url + " and then"), mask(url)] if "@" in address else []
            for setting, reader in (("DATABASE_URL", check_url), ("PORT", whole_number(1, 2))):
                os.environ[setting] = url
                try:
                    kept = make_url(read(setting, reader))
                except ConfigError as error:
                    printed.append(str(error))
                else:
                    printed += [explain(Exception("FATAL:"), kept), explain(Exception(), kept)]
                    if password != raw and "@" in address:
                        assert kept.password == raw, (url, kept.password)
            for text in printed:
                assert not any(piece in text for piece in pieces), (url, text)
print("done")
"""


@on(*SERVERS)
def test_no_part_of_a_password_is_printed(project: Installed) -> None:
    """The passwords are pieces of six letters, separated by special characters of URLs."""
    dice = random.Random(9)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    passwords = {
        "".join(
            "".join(dice.sample(letters, 6)) + dice.choice("@/:?#&%=+[]{}\\'\"$!,;")
            for _ in range(dice.randint(1, 4))
        )
        for _ in range(300)
    }
    answers = project.answers
    code = PASSWORDS.format(package=answers["package_name"], scheme=answers["database"])
    ended = subprocess.run(
        ["python", "-c", code],
        cwd=project.folder,
        env=project.env,
        input="".join(f"{password!r}\n" for password in sorted(passwords)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "done\n", ended.stderr[-2000:]


@on(*SERVERS)
def test_seeds_without_a_server(project: Installed) -> None:
    url = f"{project.answers['database']}://me:hunter2@127.0.0.1:{free_port()}/name"
    line = line_with(fail(project, "flask seed", DATABASE_URL=url), "posts cannot be seeded: ")
    assert "make db-migrate" not in line


# --- Migrations -------------------------------------------------------------------------------

MIGRATION = '''"""{slug}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{slug}", sa.Column("id", sa.Integer()))


def downgrade() -> None:
    op.drop_table("{slug}")
'''


@pytest.fixture
def versions(project: Installed) -> Iterator[Path]:
    """The migrations folder of a project. The database is at the template's newest before and after."""
    folder = project.folder / "migrations/versions"
    kept, newest = set(folder.glob("*.py")), newest_migration(project.folder)
    project.flask("db", "upgrade")
    project.flask("seed")
    yield folder
    project.flask("db", "downgrade", newest)
    for path in set(folder.glob("*.py")) - kept:
        path.unlink()


def write(versions: Path, revision: str, slug: str) -> Path:
    path = versions / f"{revision}_{slug}.py"
    newest = newest_migration(versions.parents[1])
    text = MIGRATION.format(revision=revision, slug=slug, newest=newest)
    path.write_text(text, encoding="utf-8")
    return path


@on("sqlite", *SERVERS)
def test_a_failing_migration(project: Installed, versions: Path) -> None:
    path = write(versions, "aaaa", "things")
    right = path.read_text(encoding="utf-8")
    failing = '    op.execute("DROP TABLE nothing_of_this_name")\n'
    path.write_text(right.replace("    op.create_table", f"{failing}    op.create_table"))
    line = line_with(fail(project, "flask db upgrade"), "nothing_of_this_name")
    assert "migrations/versions/aaaa_things.py failed in line 13: " in line
    assert "LOG_LEVEL=DEBUG" in line
    assert newest_migration(project.folder) in project.flask("db", "current")
    shown = subprocess.run(
        ["flask", "db", "upgrade"],
        cwd=project.folder,
        env=project.env | {"LOG_LEVEL": "DEBUG"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" in shown.stdout
    for command in ("make run", "make test"):
        printed = fail(project, command, PORT=str(free_port()))
        line = line_with(printed, "nothing_of_this_name")
        assert "aaaa_things.py failed in line 13: " in line
    path.write_text(right)
    project.flask("db", "upgrade")
    assert "aaaa" in project.flask("db", "current")


@on("sqlite", "postgresql")
def test_a_failing_migration_leaves_no_table(project: Installed, versions: Path) -> None:
    """The whole migration is rolled back. (MySQL commits after each change of a table.)"""
    path = write(versions, "aaaa", "things")
    right = path.read_text(encoding="utf-8")
    failing = '\n    op.execute("DROP TABLE nothing_of_this_name")\n'
    path.write_text(right.replace("\n\n\ndef downgrade", f"{failing}\n\ndef downgrade"))
    fail(project, "flask db upgrade")
    path.write_text(right)
    project.flask("db", "upgrade")  # it fails if the table exists already


@on("sqlite")
def test_two_heads(project: Installed, versions: Path) -> None:
    write(versions, "aaaa", "things")
    write(versions, "bbbb", "others")
    for command in ("flask db upgrade", "make test"):
        line = line_with(fail(project, command), "flask db merge heads")
        assert "(aaaa, bbbb)" in line
    code = (
        f"from wsgi import app; from {project.answers['package_name']} import health;"
        " health.CHECK_TIMEOUT = 60;"
        " print(app.test_client().get('/health/ready').json['checks'])"
    )
    checks = run(["python", "-c", code], project.folder, project.env).stdout
    assert "two heads: run `flask db merge heads`" in checks
    project.flask("db", "merge", "heads")
    run(["make", "lint"], project.folder, project.env)
    project.flask("db", "upgrade")
    assert "ok" in run(["python", "-c", code], project.folder, project.env).stdout


@on("sqlite")
def test_a_revision_of_another_branch(project: Installed, versions: Path) -> None:
    path = write(versions, "aaaa", "things")
    project.flask("db", "upgrade")
    kept = shutil.copy2(path, project.folder / "kept.txt")
    path.unlink()
    try:
        for command in ("flask db upgrade", "flask db current"):
            line = line_with(fail(project, command), "aaaa")
            assert "run `flask db downgrade` where it is" in line
    finally:
        shutil.move(kept, path)


@on("sqlite", "mysql")
def test_a_not_null_column_without_a_default(project: Installed, versions: Path) -> None:
    models = f"src/{project.answers['package_name']}/blueprints/posts/models.py"
    text = (project.folder / models).read_text(encoding="utf-8")
    before = set(versions.glob("*.py"))
    try:
        edit(
            project.folder,
            models,
            "body: Mapped[LongText]\n",
            "body: Mapped[LongText]\n    views: Mapped[int]\n",
        )
        line = line_with(fail(project, "flask db migrate -m views"), "server_default")
        assert "No migration is written. posts.views is NOT NULL" in line
        assert set(versions.glob("*.py")) == before
        given = 'views: Mapped[int] = mapped_column(server_default="0")'
        edit(project.folder, models, "views: Mapped[int]", given)
        project.flask("db", "migrate", "-m", "views")
        project.flask("db", "upgrade")
        project.flask("db", "downgrade")
        for path in set(versions.glob("*.py")) - before:
            path.unlink()
        edit(project.folder, models, given, "views: Mapped[int | None]")
        project.flask("db", "migrate", "-m", "views")
        project.flask("db", "upgrade")
    finally:
        (project.folder / models).write_text(text, encoding="utf-8")


@on("sqlite", *SERVERS)
def test_seeds_for_a_missing_table(project: Installed, versions: Path) -> None:
    project.flask("db", "downgrade", "base")
    try:
        line = line_with(fail(project, "flask seed"), "posts cannot be seeded: ")
        assert "run it (make db-upgrade)" in line
    finally:
        project.flask("db", "upgrade")


@on("sqlite", "mysql")
def test_seeds_for_a_model_without_its_migration(project: Installed, versions: Path) -> None:
    models = f"src/{project.answers['package_name']}/blueprints/posts/models.py"
    text = (project.folder / models).read_text(encoding="utf-8")
    try:
        new = "body: Mapped[LongText]\n    views: Mapped[int | None]\n"
        edit(project.folder, models, "body: Mapped[LongText]\n", new)
        for command in ("flask seed", "make run"):
            line = line_with(fail(project, command, PORT=str(free_port())), "cannot be seeded")
            assert "posts.views" in line
            assert "write the migration (make db-migrate M=…)" in line
    finally:
        (project.folder / models).write_text(text, encoding="utf-8")


# --- .env -------------------------------------------------------------------------------------


@pytest.fixture
def env_file(project: Installed) -> Iterator[Path]:
    path = project.folder / ".env"
    kept = path.read_bytes()
    yield path
    path.write_bytes(kept)


@pytest.mark.parametrize(
    "command",
    ["make run", "make test", "python wsgi.py", "gunicorn wsgi:app"],
)
@on("sqlite")
def test_an_env_file_that_is_not_utf_8(project: Installed, env_file: Path, command: str) -> None:
    env_file.write_bytes(env_file.read_bytes() + b"\nNAME=B\xfcro\n")
    assert ".env is not UTF-8" in line_with(fail(project, command), "Save it as UTF-8")


@on("sqlite")
def test_plain_flask_cannot_report_that_the_env_file_is_not_utf_8(
    project: Installed, env_file: Path
) -> None:
    """When this fails, delete docs/decisions/env-not-utf-8.md and a sentence in settings.md."""
    env_file.write_bytes(env_file.read_bytes() + b"\nNAME=B\xfcro\n")
    ended = subprocess.run(
        ["flask", "run"], cwd=project.folder, env=project.env, capture_output=True, check=False
    )
    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1].startswith(b"UnicodeDecodeError")
    page = (project.folder / "docs/settings.md").read_text(encoding="utf-8")
    assert "`UnicodeDecodeError`" in page


@pytest.mark.parametrize("command", ["flask run", "flask db upgrade", "python wsgi.py"])
@on("sqlite")
def test_a_deleted_env_file(project: Installed, env_file: Path, command: str) -> None:
    env_file.unlink()
    assert "`make setup` makes it" in line_with(fail(project, command), "SECRET_KEY is not set")
