"""What holds when several processes work at once, or the database goes away: on real servers."""

import sqlite3
import subprocess
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.own_databases import OwnMariaDB, OwnPostgres, OwnServer
from tests.support.projects import run
from tests.support.servers import free_port, running

pytestmark = pytest.mark.project

LAYERS = ("flask-sqlalchemy", "sqlalchemy", "raw-sql")
DATABASES = ("sqlite", "postgresql", "mysql")


def each(**choices: tuple[str, ...]) -> pytest.MarkDecorator:
    """One project for each value of one question, and fixed values of others."""
    [(name, values)] = ((n, v) for n, v in choices.items() if len(v) > 1)
    fixed = {n: v[0] for n, v in choices.items() if len(v) == 1}
    chosen = [row_with(**fixed, **{name: value}) for value in values]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


def python(project: Installed, code: str, *arguments: str) -> str:
    """Run a script with the project's own Python, outside of any application."""
    command = ["python", "-W", "error", "-c", textwrap.dedent(code), *arguments]
    return run(command, project.folder, project.env).stdout


@pytest.fixture
def clean(project: Installed) -> None:
    """Begin with a migrated database that has no rows."""
    project.flask("db", "upgrade")
    project.flask("db", "downgrade", "base")
    project.flask("db", "upgrade")


ORM_SCRIPT = """
    import sys
    from {package}.db import session_for
    from {package}.blueprints.posts.models import Post

    with session_for() as session:
        session.add(Post(title="0", body="From a script."))
    for _ in range(int(sys.argv[1])):
        with session_for() as session:
            post = session.get(Post, 1)
            post.title = str(int(post.title) + 1)
"""
SQL_SCRIPT = """
    import sys
    from {package}.db import connect, utc_now
    from {package}.blueprints.posts.services import queries

    with connect() as connection:
        queries.insert_post(connection, title="0", body="From a script.", now=utc_now())
    for _ in range(int(sys.argv[1])):
        with connect() as connection:
            title = queries.get_post(connection, id=1)[1]
            queries.update_post(connection, id=1, title=str(int(title) + 1), body=None, now=utc_now())
"""


def script(project: Installed) -> str:
    source = SQL_SCRIPT if project.answers["data_layer"] == "raw-sql" else ORM_SCRIPT
    return source.format(package=project.answers["package_name"])


def count(project: Installed) -> int:
    """How many posts there are, asked in a way of its own."""
    code = """
        from sqlalchemy import text
        from {package}.engine import database_url, engine_for

        engine = engine_for(database_url())
        with engine.connect() as connection:
            print(connection.execute(text("SELECT count(*) FROM posts")).scalar_one())
        engine.dispose()
    """
    return int(python(project, code.format(package=project.answers["package_name"])))


@each(data_layer=LAYERS, database=("sqlite",))
def test_four_processes_lose_no_write(project: Installed, clean: None) -> None:
    python(project, script(project), "0")
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(python, project, script(project), "50") for _ in range(4)]
    for each_done in done:
        each_done.result()
    package = project.answers["package_name"]
    code = f"""
        from sqlalchemy import text
        from {package}.engine import database_url, engine_for

        engine = engine_for(database_url())
        with engine.connect() as connection:
            print(connection.execute(text("SELECT title FROM posts WHERE id = 1")).scalar_one())
        engine.dispose()
    """
    assert int(python(project, code)) == 200


UPGRADES = """
    import multiprocessing
    import sys
    import flask_migrate
    from {package} import create_app
    from {package}.engine import database_url

    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(3, timeout=60)

    def work():
        app = create_app({{"APP_ENV": "testing", "DATABASE_URL": database_url()}})
        with app.app_context():
            for _ in range(6):
                if barrier.wait() == 0:
                    flask_migrate.upgrade()
                    flask_migrate.downgrade(revision="base")
                barrier.wait()  # from here, all three at the same moment
                flask_migrate.upgrade()

    workers = [fork.Process(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.exit(any(worker.exitcode for worker in workers))
"""


@each(database=DATABASES)
def test_three_upgrades_at_once_all_succeed(project: Installed) -> None:
    python(project, UPGRADES.format(package=project.answers["package_name"]))
    assert "0001 (head)" in project.flask("db", "current")


@each(database=DATABASES)
def test_starting_makes_no_table_and_no_row(project: Installed) -> None:
    """The development reloader and several workers, at the same time."""
    project.flask("db", "upgrade")
    project.flask("db", "downgrade", "base")
    commands = [["flask", "run", "--debug"], ["python", "wsgi.py"]]
    env = {**project.env, "FLASK_DEBUG": "1"}
    if project.answers["server"] != "flask":
        commands += [project.serve] * 2
        env = project.env_to_serve(project.serve) | {"WEB_CONCURRENCY": "2", "GRANIAN_WORKERS": "2"}

    def start_and_ask(command: list[str]) -> tuple[int, int]:
        with running(command, project.folder, env) as server:
            live = requests.get(f"{server.url}/health", timeout=10).status_code
            return live, requests.get(f"{server.url}/health/ready", timeout=10).status_code

    with ThreadPoolExecutor(len(commands)) as pool:
        assert set(pool.map(start_and_ask, commands)) == {(200, 503)}
    project.flask("db", "upgrade")
    assert count(project) == 0
    assert "posts: 3 written" in project.flask("seed")
    with ThreadPoolExecutor(len(commands)) as pool:
        assert set(pool.map(start_and_ask, commands)) == {(200, 200)}
    assert "posts: 0 written" in project.flask("seed")
    assert count(project) == 3


CHILDREN = """
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from {package}.engine import INSTANCE, engine_for, migration_lock

    engine = engine_for(f"sqlite:///{{INSTANCE / 'children.sqlite3'}}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE parents (id INTEGER PRIMARY KEY, name VARCHAR(9))")
        connection.exec_driver_sql(
            "CREATE TABLE children (id INTEGER PRIMARY KEY,"
            " parent INTEGER REFERENCES parents (id) ON DELETE CASCADE)"
        )
        connection.exec_driver_sql("INSERT INTO parents VALUES (1, 'a')")
        connection.exec_driver_sql("INSERT INTO children VALUES (1, 1), (2, 1)")
    with engine.connect() as connection, migration_lock(connection):
        with Operations(MigrationContext.configure(connection)).batch_alter_table("parents") as batch:
            batch.alter_column("name", type_=sa.Text)
    with engine.begin() as connection:
        print(connection.exec_driver_sql("SELECT count(*) FROM children").scalar_one())
        print(connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one())
    engine.dispose()
"""


@each(data_layer=LAYERS, database=("sqlite",))
def test_a_migration_keeps_the_rows_that_refer_to_a_table(project: Installed) -> None:
    code = CHILDREN.format(package=project.answers["package_name"])
    assert python(project, code).split() == ["2", "1"]


@each(data_layer=LAYERS, database=("sqlite",))
def test_a_long_write_keeps_no_probe_and_no_reader_waiting(project: Installed, clean: None) -> None:
    with running(project.serve, project.folder, project.env_to_serve(project.serve)) as server:
        with sqlite3.connect(project.folder / "instance/app.sqlite3") as writer:
            writer.execute("BEGIN IMMEDIATE")
            for path in ("/health/ready", "/api/v1/posts"):
                assert requests.get(server.url + path, timeout=5).status_code == 200
            writer.rollback()
        writer.close()


QUERIES = """
    import sys
    from sqlalchemy import event
    from {package} import create_app
    from {package}.blueprints.posts import services
    from {package}.db import get_engine
    from {package}.engine import database_url

    statements = []
    app = create_app({{"APP_ENV": "testing", "DATABASE_URL": database_url()}})
    client = app.test_client()
    with app.app_context():
        for number in range(int(sys.argv[1])):
            services.create(title=f"Post {{number}}", body="A body")
        engine = get_engine()
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.set_trace_callback(statements.append))
    for path in ("", "/1"):
        statements.clear()
        assert client.get("/api/v1/posts" + path).status_code == 200
        print(sum(statement.lstrip().upper().startswith("SELECT") for statement in statements))
    engine.dispose()
"""


@each(data_layer=LAYERS, database=("sqlite",))
def test_queries_do_not_grow_with_the_rows(project: Installed, clean: None) -> None:
    code = QUERIES.format(package=project.answers["package_name"])
    for posts in ("1", "50"):
        assert python(project, code, posts).split() == ["2", "1"]


ROLLBACK = """
    from {package} import create_app
    from {package}.blueprints.posts import services
    from {package}.db import get_engine
    from {package}.engine import database_url

    settings = {{"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False}}
    app = create_app({{**settings, "DATABASE_URL": database_url()}})

    @app.post("/fail")
    def fail():
        {write}
        raise RuntimeError

    assert app.test_client().post("/fail").status_code == 500
    with app.app_context():
        assert services.page().total == 0
        engine = get_engine()
    assert engine.pool.checkedout() == 0, engine.pool.status()
    engine.dispose()
"""
ORM_WRITE = 'from {package}.db import session; session.add(services.Post(title="T", body="B")); session.flush()'
SQL_WRITE = 'from {package}.db import connection, utc_now; services.queries.insert_post(connection(), title="T", body="B", now=utc_now())'


@each(data_layer=LAYERS, database=("sqlite",))
def test_a_request_that_fails_writes_nothing_and_keeps_no_connection(
    project: Installed, clean: None
) -> None:
    package = project.answers["package_name"]
    write = SQL_WRITE if project.answers["data_layer"] == "raw-sql" else ORM_WRITE
    python(project, ROLLBACK.format(package=package, write=write.format(package=package)))
    assert count(project) == 0


REFUSALS = {
    "PORT": ("abc", "PORT is 'abc'; it must be a whole number from 1 to 65535."),
    "APP_ENV": ("prod", "APP_ENV is 'prod'; it must be development, testing or production."),
    "SECRET_KEY": ("", "SECRET_KEY is not set."),
    "DATABASE_URL": (
        "oracle://me:hunter2@host/name",
        "DATABASE_URL is 'oracle://***@host/name'",
    ),
}


@pytest.mark.parametrize("variable", REFUSALS)
@each(server=("flask", "gunicorn", "granian"), data_layer=("flask-sqlalchemy",))
def test_a_wrong_setting_ends_every_server_with_one_line(project: Installed, variable: str) -> None:
    value, sentence = REFUSALS[variable]
    production = project.env_to_serve(project.serve) | {"APP_ENV": "production"}
    env = {"SECRET_KEY": "0123456789" * 4 + "abcdefghij", "PORT": str(free_port())} | production
    env[variable] = value
    # `flask run` reads its port before the application: what it says then are its own words.
    serve = ["python", "wsgi.py"] if project.answers["server"] == "flask" else project.serve
    command = [word.replace("$PORT", str(free_port())) for word in serve]
    if variable == "SECRET_KEY":
        (project.folder / ".env").rename(project.folder / ".env.away")
    try:
        ended = subprocess.run(
            command,
            cwd=project.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        if variable == "SECRET_KEY":
            (project.folder / ".env.away").rename(project.folder / ".env")
    assert ended.returncode != 0
    assert sentence in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "hunter2" not in ended.stdout


@pytest.fixture
def database(project: Installed) -> Iterator[OwnServer]:
    """A database server that this test alone starts and stops."""
    kind = {"postgresql": OwnPostgres, "mysql": OwnMariaDB}[project.answers["database"]]
    with TemporaryDirectory() as folder:
        server = kind(Path(folder), project)
        try:
            server.start()
            yield server
        finally:
            server.end()


@each(database=("postgresql", "mysql"))
def test_the_application_outlives_its_database(project: Installed, database: OwnServer) -> None:
    env = project.env_to_serve(project.serve) | {"DATABASE_URL": database.url}
    run(["flask", "db", "upgrade"], project.folder, env)
    with running(project.serve, project.folder, env) as server:

        def status(path: str) -> int:
            return requests.get(server.url + path, timeout=10).status_code

        assert status("/api/v1/posts") == 200
        database.stop()
        assert status("/health") == 200
        began = time.monotonic()
        assert status("/health/ready") == 503
        assert time.monotonic() - began < 1
        assert status("/api/v1/posts") == 503
        database.start()
        assert status("/health/ready") == 200
        assert [status("/api/v1/posts") for _ in range(30)] == [200] * 30

        # A restart between two requests, with connections in the pool, fails none of them.
        database.stop()
        database.start()
        assert [status("/api/v1/posts") for _ in range(30)] == [200] * 30


@each(database=("postgresql", "mysql"))
def test_a_database_that_is_not_there_is_told_in_one_sentence(project: Installed) -> None:
    scheme = {"postgresql": "postgresql", "mysql": "mysql"}[project.answers["database"]]
    url = f"{scheme}://me:hunter2@127.0.0.1:{free_port()}/nothing"
    ended = upgrade(project, project.env | {"DATABASE_URL": url})
    assert ended.returncode == 1
    assert "No database answers at" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "project", [row_with(database="postgresql")], ids=lambda row: row.id, indirect=True
)
def test_an_embedded_server_that_does_not_start_is_told_with_the_cure(project: Installed) -> None:
    env = {name: value for name, value in project.env.items() if name != "DATABASE_URL"}
    ended = upgrade(project, env | {"PGSERVER_POSTGRES_VERSION": "7"})  # it has no such version
    assert ended.returncode == 4
    [line] = ended.stderr.splitlines()
    assert "no server of our own starts (Unsupported Postgres version: 7" in line
    assert "Set it to an address like postgresql://" in line


@pytest.mark.parametrize(
    "project", [row_with(database="postgresql")], ids=lambda row: row.id, indirect=True
)
def test_below_a_folder_with_a_space_the_embedded_server_is_refused(
    project: Installed, tmp_path: Path
) -> None:
    """PostgreSQL would end with `invalid argument`, in twenty lines."""
    package = project.answers["package_name"]
    statement = (
        f"from {package} import engine; from pathlib import Path; engine.INSTANCE = Path(%r)"
    )
    script = statement % f"{tmp_path}/my app" + "; print(engine.embedded_url())"
    done = subprocess.run(
        ["python", "-c", script],
        cwd=project.folder,
        env=project.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "which has a space in it. Move the project, or set it to" in done.stderr.splitlines()[-1]


def upgrade(project: Installed, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What `flask db upgrade` ends with, where it may fail."""
    return subprocess.run(
        ["flask", "db", "upgrade"],
        cwd=project.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


FORK = """
    import os
    from sqlalchemy import text
    from {package} import create_app
    from {package}.db import get_engine
    from {package}.engine import database_url

    app = create_app({{"APP_ENV": "testing", "DATABASE_URL": database_url()}})
    with app.app_context():
        engine = get_engine()
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    child = os.fork()
    if not child:
        os._exit(engine.pool.checkedin())
    _, status = os.waitpid(child, 0)
    print(engine.pool.checkedin(), os.waitstatus_to_exitcode(status))
    engine.dispose()
"""


@each(database=DATABASES)
def test_a_forked_process_inherits_no_connection(project: Installed) -> None:
    assert python(project, FORK.format(package=project.answers["package_name"])) == "1 0\n"


# Its connections are in the pool before the workers are.
PRELOADED = """
from {package}.db import get_engine
from wsgi import app

with app.app_context():
    engine = get_engine()
connections = [engine.connect() for _ in range(4)]
for connection in connections:
    connection.close()
assert engine.pool.checkedin() > 0
"""


@pytest.mark.parametrize(
    "project",
    [row_with(server="gunicorn", database=database) for database in DATABASES],
    ids=lambda row: row.id,
    indirect=True,
)
def test_workers_of_a_preloaded_application_share_no_connection(
    project: Installed, clean: None, tmp_path: Path
) -> None:
    """Each of 200 requests at once gets the row that it asked for, and no other."""
    module = PRELOADED.format(package=project.answers["package_name"])
    (tmp_path / "preloaded.py").write_text(module, encoding="utf-8")
    serve = ["gunicorn", "--preload", f"--pythonpath={tmp_path}", "preloaded:app"]
    env = project.env_to_serve(project.serve) | {"WEB_CONCURRENCY": "4"}
    with running(serve, project.folder, env) as server, ThreadPoolExecutor(16) as pool:
        posts = f"{server.url}/api/v1/posts"

        def write(number: int) -> str:
            post = {"title": f"Post {number}", "body": "B"}
            return str(requests.post(posts, json=post, timeout=30).headers["Location"])

        def read(where: str) -> str:
            return str(requests.get(server.url + where, timeout=30).json()["title"])

        places = list(pool.map(write, range(200)))
        assert len(set(places)) == 200
        assert list(pool.map(read, places)) == [f"Post {number}" for number in range(200)]


@each(server=("gunicorn", "granian"), data_layer=("flask-sqlalchemy",))
def test_a_forged_scheme_buys_nothing(project: Installed) -> None:
    env = project.env_to_serve(project.serve) | {"FORCE_HTTPS": "true"}
    with running(project.serve, project.folder, env) as server:
        answer = requests.get(
            f"{server.url}/api/v1/",
            headers={"X-Forwarded-Proto": "https"},
            allow_redirects=False,
            timeout=10,
        )
    assert answer.status_code == 308
