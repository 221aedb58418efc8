"""Real workers run the tasks of projects, with real brokers: Redis, RabbitMQ and a folder."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import Row, answer, has, row_for, row_with, rows
from tests.support.own_rabbitmq import OwnRabbitMQ, own_rabbitmq
from tests.support.own_redis import OwnRedis, own_redis
from tests.support.projects import run
from tests.support.servers import Server, free_port, running


def with_server(**answers: str) -> Row:
    """Return a project with an API and a server for production; of the covering set, if it has one."""
    found = [
        row
        for row in rows()
        if has(row, answers)
        and answer(row, "server") != "flask"
        and answer(row, "interface") != "pages"
    ]
    return found[0] if found else row_for(**answers, interface="api", server="gunicorn")


ORM = row_with(preset="full")
SQL = with_server(tasks="celery", data_layer="raw-sql")
WITHOUT = with_server(tasks="celery", data_layer="none")


def on(*rows: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("project", rows, ids=lambda row: row.id, indirect=True)


pytestmark = pytest.mark.project

JOBS = '''
"""A feature whose tasks do what goes wrong in production."""

import os
import signal
import time
from pathlib import Path

from celery import shared_task
from flask import Blueprint, Flask, abort, request

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v1/jobs")


def write(name: str, line: str) -> int:
    with Path(os.environ["JOBS"], name).open("a+") as file:
        file.write(f"{line}\\n")
        file.seek(0)
        return len(file.readlines())


@shared_task(name="jobs.note")
def note(name: str) -> None:
    write(name, "done")


@shared_task(name="jobs.die_once")
def die_once(name: str) -> None:
    if write(name, "tried") == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="jobs.fail_twice")
def fail_twice(name: str) -> None:
    if write(name, "tried") < 3:
        raise RuntimeError("not yet")


@shared_task(name="jobs.fail_late")
def fail_late(name: str) -> None:
    time.sleep(2)
    if write(name, "tried") < 2:
        raise RuntimeError("not yet")


@shared_task(name="jobs.take_long")
def take_long(name: str, seconds: float) -> None:
    write(name, "begun")
    time.sleep(seconds)
    write(name, "ended")


@shared_task(name="jobs.hang", soft_time_limit=1)
def hang(name: str) -> None:
    write(name, "begun")
    time.sleep(60)


TASKS = {task.name.partition(".")[2]: task for task in (note, die_once, fail_twice, fail_late, take_long, hang)}
SCHEDULE = {"each second": {"task": "jobs.note", "schedule": 1, "args": ["scheduled"]}}


@blueprint.post("/<name>")
def send(name: str) -> tuple[dict[str, str], int]:
    return {"id": TASKS[name].delay(*request.get_json()).id}, 202


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
'''

WITH_COMMIT = """

@blueprint.post("/with-commit/<name>/<int:commits>")
def send_with_commit(name: str, commits: int) -> tuple[dict[str, str], int]:
    from ...tasks.on_commit import send_on_commit
    from ..posts import services

    send_on_commit(note, name)
    if not commits:
        abort(409)
    services.create_post(title="A title", body="A text")
    return {}, 201
"""


@pytest.fixture
def jobs(project: Installed, tmp_path: Path) -> Iterator[Path]:
    """Add the feature to the project. Return the folder that its tasks write to."""
    feature = project.folder / f"src/{project.answers['package_name']}/blueprints/jobs"
    feature.mkdir()
    has_database = project.answers["data_layer"] != "none"
    text = JOBS.replace(
        "\n\ndef init_app", (WITH_COMMIT if has_database else "") + "\n\ndef init_app"
    )
    (feature / "__init__.py").write_text("from .tasks import init_app as init_app\n", "utf-8")
    (feature / "tasks.py").write_text(text, "utf-8")
    if has_database:
        project.flask("db", "upgrade")
    written = tmp_path / "jobs"
    written.mkdir()
    try:
        yield written
    finally:
        shutil.rmtree(feature)


def wait_for(condition: Callable[[], bool], what: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def lines(folder: Path, name: str) -> list[str]:
    path = folder / name
    return path.read_text(encoding="utf-8").split() if path.exists() else []


class Worker:
    """A process of the project's `celery` command, with the log of all its processes."""

    def __init__(self, project: Installed, env: dict[str, str], *arguments: str) -> None:
        self.log = Path(env["JOBS"]).parent / f"celery-{time.monotonic_ns()}.log"
        module = f"{project.answers['package_name']}.tasks.worker"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["celery", "--quiet", "--app", module, *arguments],
                cwd=project.folder,
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def records(self) -> list[dict[str, Any]]:
        found = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in found if line.startswith("{")]

    def has_logged(self, message: str, task_id: str | None = None) -> bool:
        """Whether a line has this text, and this task if one is given."""
        return any(
            message in record["message"] and task_id in {None, record.get("task_id")}
            for record in self.records()
        )

    def wait_until_ready(self) -> None:
        wait_for(lambda: self.has_logged(" ready."), self.log)

    def stop(self) -> int:
        """Stop the worker with SIGTERM, and return its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """Kill the worker with all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def working(project: Installed, env: dict[str, str]) -> Iterator[Worker]:
    """Start a worker of two processes, and kill it at the end."""
    worker = Worker(project, env, "worker", "--concurrency", "2")
    try:
        worker.wait_until_ready()
        yield worker
    finally:
        worker.kill()


def settings(project: Installed, jobs: Path, **variables: str) -> dict[str, str]:
    env = project.env_to_serve(project.serve) | {"JOBS": str(jobs), "TMPDIR": str(jobs.parent)}
    return env | {"CELERY_BROKER_URL": "", "REDIS_URL": ""} | variables


def send(server: Server, task: str, *arguments: object, **headers: str) -> requests.Response:
    url = f"{server.url}/api/v1/jobs/{task}"
    return requests.post(url, json=arguments, headers=headers, timeout=60)


def exercise(project: Installed, server: Server, worker: Worker, jobs: Path) -> None:
    """Send tasks that succeed, fail, hang and are killed, and wait for what has to become of them."""
    sent = send(server, "note", "simple", **{"X-Request-ID": "the-request"})
    assert sent.status_code == 202
    wait_for(lambda: worker.has_logged("jobs.note succeeded", sent.json()["id"]), worker.log)
    (record,) = [r for r in worker.records() if r.get("task_id") == sent.json()["id"]]
    assert (record["request_id"], record["task"]) == ("the-request", "jobs.note")
    assert record["duration_ms"] >= 0

    send(server, "fail_twice", "retried")
    send(server, "hang", "hung")
    send(server, "die_once", "killed")
    wait_for(lambda: len(lines(jobs, "killed")) == 2, worker.log)
    wait_for(lambda: len(lines(jobs, "retried")) == 3, worker.log)
    wait_for(lambda: worker.has_logged("jobs.hang failed"), worker.log)
    assert lines(jobs, "simple") == ["done"]
    assert lines(jobs, "hung") == ["begun"]

    # A worker that is told to stop finishes what it runs.
    send(server, "take_long", "finished", 2)
    wait_for(lambda: lines(jobs, "finished") == ["begun"], worker.log)
    assert worker.stop() == 0
    assert lines(jobs, "finished") == ["begun", "ended"]


@on(ORM)
def test_tasks_with_redis(project: Installed, jobs: Path, tmp_path: Path) -> None:
    with own_redis(tmp_path) as redis:
        env = settings(project, jobs, REDIS_URL=redis.url)
        with running(project.serve, project.folder, env) as server, working(project, env) as worker:
            assert server.wait_until_ready().json()["checks"]["broker"] == "ok"
            sends_with_commit(server, worker, jobs)
            retry_that_is_refused(redis, server, worker, jobs)
            restart_of_redis(redis, server, worker, jobs)
            exercise(project, server, worker, jobs)


def sends_with_commit(server: Server, worker: Worker, jobs: Path) -> None:
    """What was sent in a transaction that is rolled back is never run."""
    assert send(server, "with-commit/never/0").status_code == 409
    assert send(server, "with-commit/always/1").status_code == 201
    wait_for(lambda: lines(jobs, "always") == ["done"], worker.log)
    assert lines(jobs, "never") == []


def retry_that_is_refused(redis: OwnRedis, server: Server, worker: Worker, jobs: Path) -> None:
    """The task fails, and the broker refuses the connection to send it again. It is not lost."""
    assert send(server, "fail_late", "refused-retry").status_code == 202
    redis.cli("config", "set", "maxclients", "1")
    wait_for(lambda: worker.has_logged("jobs.fail_late was given up"), worker.log)
    redis.cli("config", "set", "maxclients", "1000")
    wait_for(lambda: worker.has_logged("jobs.fail_late succeeded"), worker.log)


def restart_of_redis(redis: OwnRedis, server: Server, worker: Worker, jobs: Path) -> None:
    redis.stop()
    assert_refused_in_time(server)
    redis.start()
    assert send(server, "note", "after-restart").status_code == 202
    wait_for(lambda: lines(jobs, "after-restart") == ["done"], worker.log)


def assert_refused_in_time(server: Server) -> None:
    """A request that sends a task gets 503 in under three seconds; other requests are served."""
    for _ in range(3):
        began = time.monotonic()
        refused = send(server, "note", "refused")
        assert time.monotonic() - began < 3
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.headers["Content-Type"] == "application/problem+json"
    ready = requests.get(f"{server.url}/health/ready", timeout=60)
    assert ready.status_code == 200
    assert ready.json()["checks"]["broker"] != "ok"


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRabbitMQ]:
    with own_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@on(SQL)
def test_tasks_with_rabbitmq(project: Installed, jobs: Path, rabbitmq: OwnRabbitMQ) -> None:
    env = settings(project, jobs, CELERY_BROKER_URL=rabbitmq.url)
    with running(project.serve, project.folder, env) as server, working(project, env) as worker:
        assert server.wait_until_ready().json()["checks"]["broker"] == "ok"
        sends_with_commit(server, worker, jobs)
        # A broker that hangs: the connections are still open.
        rabbitmq.signal(signal.SIGSTOP)
        try:
            assert_refused_in_time(server)
        finally:
            rabbitmq.signal(signal.SIGCONT)
        wait_for(lambda: send(server, "note", "later").status_code == 202, worker.log)
        wait_for(lambda: "done" in lines(jobs, "later"), worker.log)
        exercise(project, server, worker, jobs)


@on(SQL)
def test_another_worker_takes_over(project: Installed, jobs: Path, rabbitmq: OwnRabbitMQ) -> None:
    """A worker is killed with all its processes. The broker gives its task to another one."""
    env = settings(project, jobs, CELERY_BROKER_URL=rabbitmq.url)
    with running(project.serve, project.folder, env) as server:
        with working(project, env) as killed:
            assert send(server, "take_long", "long", 3).status_code == 202
            wait_for(lambda: lines(jobs, "long") == ["begun"], killed.log)
            killed.kill()
        with working(project, env) as worker:
            wait_for(lambda: lines(jobs, "long") == ["begun", "begun", "ended"], worker.log)


PUBLISH = """
import sys
from kombu import Connection

url, queue, serializer, name = sys.argv[1:]
with Connection(url) as connection:
    headers = {"id": name, "task": "jobs.note"}
    body = [[name], {}, {}]
    connection.Producer().publish(body, routing_key=queue, headers=headers, serializer=serializer)
"""


@on(SQL)
def test_a_worker_accepts_only_json(project: Installed, jobs: Path, rabbitmq: OwnRabbitMQ) -> None:
    """A pickle could run any code."""
    env = settings(project, jobs, CELERY_BROKER_URL=rabbitmq.url)
    publish = ["python", "-c", PUBLISH, rabbitmq.url, project.answers["package_name"]]
    with working(project, env) as worker:
        run([*publish, "pickle", "pickled"], project.folder, env)
        wait_for(lambda: "pickle" in worker.log.read_text(encoding="utf-8"), worker.log)
        run([*publish, "json", "plain"], project.folder, env)
        wait_for(lambda: lines(jobs, "plain") == ["done"], worker.log)
        assert lines(jobs, "pickled") == []


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
@on(WITHOUT)
def test_a_broker_that_never_responds(project: Installed, jobs: Path, scheme: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/"
        env = settings(project, jobs, CELERY_BROKER_URL=url, PORT=str(free_port()))
        with running(project.serve, project.folder, env) as server:
            assert_refused_in_time(server)


@on(WITHOUT)
def test_beat_waits_for_its_broker(project: Installed, jobs: Path) -> None:
    """A task is due each second. Health checks see that beat is alive."""
    env = settings(project, jobs, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    beat = Worker(project, env, "beat")
    try:
        wait_for(lambda: beat.has_logged("Beat waits for the broker"), beat.log)
        file = jobs.parent / f"{project.answers['package_name']}-beat-alive"
        before = file.stat().st_mtime
        wait_for(lambda: file.stat().st_mtime > before + 5, beat.log, seconds=20)
        assert beat.stop() == 0
    finally:
        beat.kill()


@on(WITHOUT)
def test_tasks_without_a_broker(project: Installed, jobs: Path) -> None:
    """In development tasks are files. Beat sends those that are scheduled."""
    env = project.env | {"JOBS": str(jobs), "TMPDIR": str(jobs.parent)}
    began = time.time()
    processes = [
        subprocess.Popen(
            ["make", target],
            cwd=project.folder,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for target in ("worker", "beat")
    ]
    try:
        wait_for(lambda: len(lines(jobs, "scheduled")) >= 2, jobs)
        for name in ("worker-alive", "beat-alive"):
            assert (
                jobs.parent / f"{project.answers['package_name']}-{name}"
            ).stat().st_mtime > began
        assert (project.folder / "instance/tasks").stat().st_mode & 0o777 == 0o700
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        for process in processes:
            try:
                process.wait(timeout=60)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(project.folder / "instance/tasks")
    package = project.answers["package_name"]
    sent = [
        "celery",
        "--app",
        f"{package}.tasks.worker",
        "call",
        "jobs.note",
        "--args",
        '["by hand"]',
    ]
    assert run(sent, project.folder, env).stdout.strip()
    assert list((project.folder / "instance/tasks").glob("*.msg"))
    shutil.rmtree(project.folder / "instance/tasks")
