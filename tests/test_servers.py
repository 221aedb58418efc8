"""Concurrent processes and database failures, on real servers."""

import signal
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
    """Select a project for each value of one question, with fixed values of the others."""
    [(name, values)] = ((n, v) for n, v in choices.items() if len(v) > 1)
    fixed = {n: v[0] for n, v in choices.items() if len(v) == 1}
    chosen = [row_with(**fixed, **{name: value}) for value in values]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


def python(project: Installed, code: str, *arguments: str) -> str:
    """Run a script with the project's Python, outside of an application context."""
    command = ["python", "-W", "error", "-c", textwrap.dedent(code), *arguments]
    return run(command, project.folder, project.env).stdout


@pytest.fixture
def clean(project: Installed) -> None:
    """Reset the database: migrated, without rows."""
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
    """Return the number of posts, queried independently of the application."""
    code = """
        from sqlalchemy import text
        from {package}.engine import database_url, create_engine_for

        engine = create_engine_for(database_url())
        with engine.connect() as connection:
            print(connection.execute(text("SELECT count(*) FROM posts")).scalar_one())
        engine.dispose()
    """
    return int(python(project, code.format(package=project.answers["package_name"])))


@each(data_layer=LAYERS, database=("sqlite",))
def test_four_concurrent_processes_lose_no_write(project: Installed, clean: None) -> None:
    python(project, script(project), "0")
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(python, project, script(project), "50") for _ in range(4)]
    for each_done in done:
        each_done.result()
    package = project.answers["package_name"]
    code = f"""
        from sqlalchemy import text
        from {package}.engine import database_url, create_engine_for

        engine = create_engine_for(database_url())
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
def test_three_concurrent_upgrades_succeed(project: Installed) -> None:
    python(project, UPGRADES.format(package=project.answers["package_name"]))
    assert "(head)" in project.flask("db", "current")


@each(database=DATABASES)
def test_startup_creates_no_table_and_no_row(project: Installed) -> None:
    """Start the development reloader and several workers at the same time."""
    project.flask("db", "upgrade")
    project.flask("db", "downgrade", "base")
    commands = [["flask", "run", "--debug"], ["python", "wsgi.py"]]
    env = {**project.env, "FLASK_DEBUG": "1"}
    if project.answers["server"] != "flask":
        commands += [project.serve] * 2
        env = project.env_to_serve(project.serve) | {"WEB_CONCURRENCY": "2", "GRANIAN_WORKERS": "2"}

    def start_and_ask(command: list[str]) -> tuple[int, int]:
        with running(command, project.folder, env) as server:
            live = requests.get(f"{server.url}/health", timeout=60).status_code
            return live, server.wait_until_ready(patience).status_code

    patience = 0
    with ThreadPoolExecutor(len(commands)) as pool:
        assert set(pool.map(start_and_ask, commands)) == {(200, 503)}
    project.flask("db", "upgrade")
    assert count(project) == 0
    assert "posts: 3 written" in project.flask("seed")
    patience = 30
    with ThreadPoolExecutor(len(commands)) as pool:
        assert set(pool.map(start_and_ask, commands)) == {(200, 200)}
    assert "posts: 0 written" in project.flask("seed")
    assert count(project) == 3


CHILDREN = """
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from {package}.engine import INSTANCE, create_engine_for, migration_lock

    engine = create_engine_for(f"sqlite:///{{INSTANCE / 'children.sqlite3'}}")
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
def test_a_long_write_does_not_block_probes_or_readers(project: Installed, clean: None) -> None:
    with running(project.serve, project.folder, project.env_to_serve(project.serve)) as server:
        with sqlite3.connect(project.folder / "instance/app.sqlite3") as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert server.wait_until_ready().status_code == 200
            assert requests.get(f"{server.url}/api/v1/posts", timeout=5).status_code == 200
            writer.rollback()
        writer.close()


QUERIES = """
    import sys
    from sqlalchemy import event
    from {package} import create_app
    from {package}.blueprints.posts import services
    from {package}.db import db
    from {package}.engine import database_url

    statements = []
    app = create_app({{"APP_ENV": "testing", "DATABASE_URL": database_url()}})
    client = app.test_client()
    with app.app_context():
        for number in range(int(sys.argv[1])):
            services.create_post(title=f"Post {{number}}", body="A body")
        engine = db.engine
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.set_trace_callback(statements.append))
    for path in ("", "/1"):
        statements.clear()
        assert client.get("/api/v1/posts" + path).status_code == 200
        print(sum(statement.lstrip().upper().startswith("SELECT") for statement in statements))
    engine.dispose()
"""


@each(data_layer=LAYERS, database=("sqlite",))
def test_the_number_of_queries_is_constant(project: Installed, clean: None) -> None:
    code = QUERIES.format(package=project.answers["package_name"])
    for posts in ("1", "50"):
        assert python(project, code, posts).split() == ["2", "1"]


ROLLBACK = """
    from {package} import create_app
    from {package}.blueprints.posts import services
    from {package}.db import db
    from {package}.engine import database_url

    settings = {{"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False}}
    app = create_app({{**settings, "DATABASE_URL": database_url()}})

    @app.post("/fail")
    def fail():
        {write}
        raise RuntimeError

    assert app.test_client().post("/fail").status_code == 500
    with app.app_context():
        assert services.list_posts().total == 0
        engine = db.engine
    assert engine.pool.checkedout() == 0, engine.pool.status()
    engine.dispose()
"""
ORM_WRITE = 'db.session.add(services.Post(title="T", body="B")); db.session.flush()'
SQL_WRITE = 'from {package}.db import utc_now; services.queries.insert_post(db.connection, title="T", body="B", now=utc_now())'


@each(data_layer=LAYERS, database=("sqlite",))
def test_a_failing_request_rolls_back_and_returns_its_connection(
    project: Installed, clean: None
) -> None:
    package = project.answers["package_name"]
    write = SQL_WRITE if project.answers["data_layer"] == "raw-sql" else ORM_WRITE
    python(project, ROLLBACK.format(package=package, write=write.format(package=package)))
    assert count(project) == 0


READS_ONLY = """
    from {package} import create_app
    from {package}.blueprints.posts import services
    from {package}.db import db, writes
    from {package}.engine import database_url
    from {package}.extensions.database import ReadOnlyRequestError

    app = create_app({{"APP_ENV": "testing", "DATABASE_URL": database_url()}})

    def write():
        services.create_post(title="T", body="B")
        return "Written."

    def read_and_write():
        services.list_posts()
        return write()

    def total():
        with app.app_context():
            return services.list_posts().total

    app.add_url_rule("/written", view_func=write, methods=["GET", "HEAD", "POST"])
    app.add_url_rule("/marked", view_func=writes(read_and_write))
    client = app.test_client()
    for method in ("GET", "HEAD"):
        try:
            client.open("/written", method=method)
        except ReadOnlyRequestError as error:
            assert f"{{method}} /written wrote" in str(error) and "@writes" in str(error), error
        else:
            raise AssertionError(method)
        assert total() == 0
    assert client.post("/written").status_code == 200
    assert client.get("/marked").status_code == 200
    with app.app_context():
        write()
    print(total())
    with app.app_context():
        db.engine.dispose()
"""


@pytest.mark.parametrize(
    "project",
    [row_with(data_layer=layer, database=name) for layer in LAYERS for name in DATABASES],
    ids=lambda row: row.id,
    indirect=True,
)
def test_a_safe_request_is_read_only(project: Installed, clean: None) -> None:
    """Test it through the services of every data layer. Only a marked view may write."""
    code = READS_ONLY.format(package=project.answers["package_name"])
    assert python(project, code) == "3\n"


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
def test_an_invalid_setting_stops_every_server_with_one_line(
    project: Installed, variable: str
) -> None:
    value, sentence = REFUSALS[variable]
    production = project.env_to_serve(project.serve) | {"APP_ENV": "production"}
    env = {"SECRET_KEY": "0123456789" * 4 + "abcdefghij", "PORT": str(free_port())} | production
    env[variable] = value
    # `flask run` reads the port before it loads the application, and reports it in its own words.
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
    assert ended.returncode == 1
    # Lines of the servers begin with a bracket. With granian, two workers print the message.
    said = [line for line in ended.stdout.splitlines() if not line.startswith("[")]
    told = set(said) if project.answers["server"] == "granian" else said
    assert len(told) == 1, ended.stdout
    assert sentence in said[0]
    assert "hunter2" not in ended.stdout


WITH_GUNICORN = pytest.mark.parametrize(
    "project",
    [row_with(server="gunicorn", data_layer="flask-sqlalchemy")],
    ids=lambda row: row.id,
    indirect=True,
)


@pytest.fixture
def env_file(project: Installed) -> Iterator[Path]:
    path = project.folder / ".env"
    kept = path.read_bytes()
    yield path
    path.write_bytes(kept)


@WITH_GUNICORN
def test_gunicorn_stops_when_it_reloads_an_invalid_setting(
    project: Installed, env_file: Path
) -> None:
    """It does not restart failing workers forever."""
    with running(project.serve, project.folder, project.env_to_serve(project.serve)) as server:
        env_file.write_bytes(env_file.read_bytes() + b"\nLOG_LEVEL=LOUD\n")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(timeout=30) == 1
        logged = server.log.read_text(encoding="utf-8")
    # A worker that was still starting may have read the new value, too.
    assert logged.count("LOG_LEVEL is 'LOUD'") in {1, 2}
    assert "Traceback" not in logged


@WITH_GUNICORN
def test_gunicorn_applies_changed_settings_when_it_reloads(
    project: Installed, env_file: Path
) -> None:
    """The values of .env at its start are not in the environment of the new workers."""
    kept = env_file.read_text(encoding="utf-8")
    env_file.write_text(f"{kept}\nALLOWED_HOSTS=127.0.0.1\n", encoding="utf-8")
    with running(project.serve, project.folder, project.env_to_serve(project.serve)) as server:

        def status() -> int:
            return requests.get(f"{server.url}/api/v1/", timeout=60).status_code

        assert status() == 200
        env_file.write_text(f"{kept}\nALLOWED_HOSTS=example.org\n", encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 120
        while (found := status()) != 400:  # an old worker may still respond after a new one
            assert found == 200
            assert time.monotonic() < deadline, "the new value has no effect"
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("variable", "value", "highest"),
    [
        ("WEB_CONCURRENCY", "0", 999),
        ("WEB_CONCURRENCY", "two", 999),
        ("WEB_THREADS", "100", 99),
    ],
)
@WITH_GUNICORN
def test_gunicorn_refuses_a_number_out_of_range(
    project: Installed, env_file: Path, variable: str, value: str, highest: int
) -> None:
    env_file.write_bytes(env_file.read_bytes() + f"\n{variable}={value}\n".encode())
    env = {n: v for n, v in project.env_to_serve(project.serve).items() if n != variable}
    ended = subprocess.run(
        project.serve,
        cwd=project.folder,
        env=env | {"PORT": str(free_port())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    allowed = f"it must be a whole number from 1 to {highest}."
    assert ended.stdout == f"{variable} is '{value}'; {allowed}\n"
    assert ended.returncode == 1


@pytest.fixture
def database(project: Installed) -> Iterator[OwnServer]:
    """A database server that only this test starts and stops."""
    kind = {"postgresql": OwnPostgres, "mysql": OwnMariaDB}[project.answers["database"]]
    with TemporaryDirectory() as folder:
        server = kind(Path(folder), project)
        try:
            server.start()
            yield server
        finally:
            server.end()


@each(database=("postgresql", "mysql"))
def test_the_application_survives_a_database_restart(
    project: Installed, database: OwnServer
) -> None:
    env = project.env_to_serve(project.serve) | {"DATABASE_URL": database.url}
    run(["flask", "db", "upgrade"], project.folder, env)
    with running(project.serve, project.folder, env) as server:

        def status(path: str) -> int:
            return requests.get(server.url + path, timeout=60).status_code

        assert status("/api/v1/posts") == 200
        database.stop()
        assert status("/health") == 200
        took: list[float] = []
        while not took or (min(took) >= 1 and len(took) < 20):  # the machine may be busy
            began = time.monotonic()
            assert status("/health/ready") == 503
            took.append(time.monotonic() - began)
        assert min(took) < 1
        assert status("/api/v1/posts") == 503
        if project.answers["interface"] == "both":
            page = requests.get(f"{server.url}/posts/", timeout=60)
            assert (page.status_code, page.headers["Content-Type"]) == (
                503,
                "text/html; charset=utf-8",
            )
        database.start()
        assert server.wait_until_ready().status_code == 200
        assert [status("/api/v1/posts") for _ in range(30)] == [200] * 30

        # After a restart, no request fails because of stale connections in the pool.
        database.stop()
        database.start()
        assert [status("/api/v1/posts") for _ in range(30)] == [200] * 30


@each(database=("postgresql", "mysql"))
def test_an_unreachable_database_is_reported_in_one_sentence(project: Installed) -> None:
    scheme = {"postgresql": "postgresql", "mysql": "mysql"}[project.answers["database"]]
    url = f"{scheme}://me:hunter2@127.0.0.1:{free_port()}/nothing"
    ended = upgrade(project, project.env | {"DATABASE_URL": url})
    assert ended.returncode == 1
    assert "No database responds at" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "project", [row_with(database="postgresql")], ids=lambda row: row.id, indirect=True
)
def test_a_failed_start_of_the_embedded_server_is_reported_with_a_fix(project: Installed) -> None:
    env = {name: value for name, value in project.env.items() if name != "DATABASE_URL"}
    ended = upgrade(
        project, env | {"PGSERVER_POSTGRES_VERSION": "7"}
    )  # this version does not exist
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "the embedded PostgreSQL does not start (Unsupported Postgres version: 7" in line
    assert "Set DATABASE_URL to a URL like postgresql://" in line


@pytest.mark.parametrize(
    "project", [row_with(database="postgresql")], ids=lambda row: row.id, indirect=True
)
def test_the_embedded_server_refuses_a_path_with_a_space(
    project: Installed, tmp_path: Path
) -> None:
    """PostgreSQL would fail with `invalid argument`, in twenty lines."""
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
    assert "because the path contains a space. Move the project" in done.stderr.splitlines()[-1]


def upgrade(project: Installed, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `flask db upgrade`, which may fail, and return its result."""
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
    from {package}.db import db
    from {package}.engine import database_url

    app = create_app({{"APP_ENV": "testing", "DATABASE_URL": database_url()}})
    with app.app_context():
        engine = db.engine
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


# The pool has connections before the workers are forked.
PRELOADED = """
from {package}.db import db
from wsgi import app

with app.app_context():
    engine = db.engine
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
    """Each of 200 concurrent requests gets the row that it asked for."""
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
def test_a_forged_scheme_does_not_bypass_the_https_redirect(project: Installed) -> None:
    env = project.env_to_serve(project.serve) | {"FORCE_HTTPS": "true"}
    with running(project.serve, project.folder, env) as server:
        response = requests.get(
            f"{server.url}/api/v1/",
            headers={"X-Forwarded-Proto": "https"},
            allow_redirects=False,
            timeout=10,
        )
    assert response.status_code == 308
