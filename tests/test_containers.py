"""Images and compose files of generated projects, built and run on a real engine."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import randint

import pytest
import requests

from tests import test_contract
from tests.support.containers import (
    MARKER,
    Stack,
    container,
    docker,
    files_of_layers,
    image,
    need_engine,
    rendered_alone,
    stack,
    state,
    wait_until_healthy,
    with_secrets,
)
from tests.support.life import edit
from tests.support.matrix import Row, rows
from tests.support.observatory import observe
from tests.support.projects import rendered, stored_answers
from tests.support.servers import free_port

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]

POSTS = "/api/v1/posts"
POST = {"title": "Under load", "body": "B"}
# For the usual ports: of this machine, and nobody else's.
ADDRESS = f"127.{randint(1, 254)}.{randint(0, 255)}.{randint(2, 254)}"
# No server is there; /health does not ask for one.
NOWHERE = {
    "postgresql": "postgresql://app:app@127.0.0.1:9/app",
    "mysql": "mysql://app:app@127.0.0.1:9/app",
}


def answer(row: Row, name: str) -> str:
    return stored_answers(row.answers)[name]


IN_CONTAINERS = [row for row in rows() if answer(row, "container") != "none"]
TO_SERVE = [row for row in IN_CONTAINERS if answer(row, "server") != "flask"]
COMPOSED = [row for row in rows() if answer(row, "container") == "compose"]
FULL = next(row for row in rows() if row.name == "preset-full")


@pytest.fixture(scope="module")
def engine() -> None:
    need_engine()


def variables(row: Row) -> dict[str, str]:
    """What an image needs to start, wherever it runs."""
    url = NOWHERE.get(answer(row, "database"))
    key = {"SECRET_KEY": "a-key-for-this-test-0123456789-abcdefgh", "FORCE_HTTPS": "false"}
    return key | ({"DATABASE_URL": url} if url else {})


def test_hadolint_finds_nothing() -> None:
    for row in IN_CONTAINERS:
        dockerfile = rendered(row.answers) / "Dockerfile"
        hadolint = Path(sys.executable).with_name("hadolint")
        done = subprocess.run([hadolint, dockerfile], capture_output=True, text=True, check=False)
        assert done.stdout == ""
        assert done.returncode == 0


# --- Images -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TO_SERVE, ids=lambda row: row.id)
def test_the_image_for_production(row: Row) -> None:
    with rendered_alone(row) as folder:
        with_secrets(folder)
        with image(folder, "prod") as name:
            size = int(docker("image", "inspect", "--format={{.Size}}", name)) / 1e6
            print(f"{row.name}: {size:.0f} MB")
            assert_nothing_secret(name, folder)
            options = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL")
            with container(name, *options, **variables(row)) as running:
                seconds = wait_until_healthy(running)
                print(f"{row.name}: healthy after {seconds:.1f} s")
                assert docker("exec", running, "id", "-u") == "1000"
                refused = ["docker", "exec", running, "touch", "/app/src/new.py"]
                assert subprocess.run(refused, capture_output=True, check=False).returncode != 0
                tools = "import pytest"
                refused = ["docker", "exec", running, "python", "-c", tools]
                assert subprocess.run(refused, capture_output=True, check=False).returncode != 0
                docker("stop", "--timeout=20", running)
                assert state(running)["ExitCode"] == 0, docker("logs", running)


def assert_nothing_secret(image: str, folder: Path) -> None:
    """Neither in a file of any layer, nor in how the layers came to be."""
    line = (folder / "wsgi.py").read_bytes()
    seen = False
    for path, content in files_of_layers(image):
        assert MARKER.encode() not in content, path
        seen = seen or content == line
    assert seen, "no layer has wsgi.py, so none was read"
    assert MARKER not in docker("history", "--no-trunc", image)
    found = docker(
        "run", "--rm", "--entrypoint=find", image, "/app", "-name", ".git", "-o", "-name", ".env"
    )
    assert found == ""


@pytest.mark.parametrize("row", IN_CONTAINERS, ids=lambda row: row.id)
def test_the_image_for_development(row: Row) -> None:
    with rendered_alone(row) as folder:
        with_secrets(folder)
        with image(folder, "dev") as name:
            assert_nothing_secret(name, folder)
            (folder / ".env").write_text("", encoding="utf-8")
            (folder / "instance/app.sqlite3").unlink()
            port = free_port()
            subprocess.run(["chown", "--recursive", "1000:1000", str(folder)], check=True)
            mounted = (f"--volume={folder}:/app", f"--publish=127.0.0.1:{port}:5000")
            with container(name, *mounted, **variables(row)) as running:
                assert docker("exec", running, "id", "-u") == "1000"
                url = f"http://127.0.0.1:{port}/api/v1/"
                ask_until(url, lambda answer: answer.status_code == 200, running)
                # It starts again when a file changes.
                edit(folder, f"src/{package_of(folder)}/api.py", "links=links", "changed=links")
                ask_until(url, lambda answer: "changed" in answer.text, running)


def package_of(folder: Path) -> str:
    (package,) = (path.name for path in (folder / "src").iterdir() if path.is_dir())
    return package


def ask_until(url: str, holds: object, running: str) -> None:
    assert callable(holds)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if holds(requests.get(url, timeout=5)):
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url}:\n{docker('logs', running)}")


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_the_image_listens_where_its_host_says(server: str) -> None:
    """Many hosts of containers choose the port, and give it in PORT."""
    row = next(row for row in TO_SERVE if answer(row, "server") == server)
    with rendered_alone(row) as folder, image(folder, "prod") as name:
        given = {"PORT": "9123", "WEB_THREADS": "3"}
        with container(name, "--read-only", "--tmpfs=/tmp", **variables(row), **given) as running:
            wait_until_healthy(running)
            ask = "import urllib.request as u; u.urlopen('http://127.0.0.1:9123/api/v1/')"
            docker("exec", running, "python", "-c", ask)


@pytest.mark.parametrize(
    ("limit", "workers"), [("150000 100000", 2), ("50000 100000", 2), ("max 100000", None)]
)
def test_gunicorn_counts_the_cores_of_its_container(
    limit: str, workers: int | None, tmp_path: Path
) -> None:
    """And not those of the host. The file is the one that a container has with cgroup v2."""
    given = tmp_path / "cpu.max"
    given.write_text(f"{limit}\n", encoding="ascii")
    with rendered_alone(FULL) as folder, image(folder, "prod") as name:
        mounted = f"--volume={given}:/sys/fs/cgroup/cpu.max:ro"
        with container(name, "--read-only", "--tmpfs=/tmp", mounted, **variables(FULL)) as running:
            wait_until_healthy(running)
            processes = docker("top", running, "-eo", "pid,args").splitlines()
    found = (
        sum("gunicorn" in process for process in processes) - 1
    )  # the first of them is no worker
    assert found == (workers or min(2 * len(os.sched_getaffinity(0)), 8))


def test_the_dependencies_stay_in_their_layer_when_the_code_changes() -> None:
    with rendered_alone(FULL) as folder:
        with image(folder, "prod"):
            pass
        (folder / "src" / package_of(folder) / "new.py").write_text("NEW = 1\n")
        done = subprocess.run(
            ["docker", "build", "--progress=plain", "--network=host", "--target=prod", "."],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        steps = re.findall(r"#\d+ \[build.*\n#\d+ (CACHED)?", done.stderr)
        assert steps.count("CACHED") >= 3, done.stderr


# --- Compose ----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", COMPOSED, ids=lambda row: row.id)
def test_compose_starts_it_from_nothing(row: Row) -> None:
    with stack(row) as running:
        assert running.wait_for("/health/ready").json()["status"] == "ok"
        if answer(row, "data_layer") == "none":
            assert requests.get(f"{running.url}/api/v1/hello", timeout=10).status_code == 200
            return
        write_change_and_delete(running)
        kept = requests.post(running.url + POSTS, json={"title": "Kept", "body": "B"}, timeout=10)
        running("down", "--timeout=20")
        running("up", "--detach", "--wait")
        where = running.url + kept.headers["Location"]
        assert requests.get(where, timeout=10).json()["title"] == "Kept"


def write_change_and_delete(running: Stack) -> None:
    made = requests.post(running.url + POSTS, json={"title": "A", "body": "B"}, timeout=10)
    assert made.status_code == 201
    where = running.url + made.headers["Location"]
    assert requests.get(where, timeout=10).json()["title"] == "A"
    assert requests.patch(where, json={"title": "C"}, timeout=10).json()["title"] == "C"
    assert requests.delete(where, timeout=10).status_code == 204
    assert requests.get(where, timeout=10).status_code == 404


@pytest.mark.parametrize("row", COMPOSED, ids=lambda row: row.id)
def test_compose_refuses_without_secrets(row: Row) -> None:
    with rendered_alone(row) as folder:
        given = Stack(folder)
        given("config", "--quiet")
        needed = {"SECRET_KEY"}
        if answer(row, "database") in NOWHERE:
            needed.add("DATABASE_PASSWORD")
        for name in needed:
            value = given.env.pop(name)
            with pytest.raises(AssertionError, match=f"{name}.*is not set"):
                given("config", "--quiet")
            given.env[name] = value


# --- The full project, behind nginx -----------------------------------------------------------


@pytest.fixture(scope="module")
def full(engine: None) -> Iterator[Stack]:
    with stack(FULL) as running:
        running("up", "--detach", "--wait", "--no-recreate", "--scale=web=3")
        yield running


class Load:
    """Clients that read and write until told to stop, and note each answer that is not good.

    Some pause now and then: on a connection that they keep, and in the middle of what they send.
    """

    def __init__(
        self, url: str, clients: int = 6, pauses: tuple[float, ...] = (1.5, 2.5, 3.5, 4.5)
    ) -> None:
        self.url = url
        self.answered = 0
        self.longest = 0.0
        self.failed: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for pause in pauses:
            for client in (self._pause_between, self._pause_within):
                self.threads.append(threading.Thread(target=client, args=[pause]))

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        time.sleep(1)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(1)
        self.over.set()
        for thread in self.threads:
            thread.join()

    def __str__(self) -> str:
        failed = f"{len(self.failed)} of {self.answered} failed"
        return f"{failed}, the longest took {self.longest:.1f} s"

    def _ask(self) -> None:
        # Half of the clients keep their connection, as browsers and other services do.
        kept = requests.Session() if threading.current_thread() in self.threads[::2] else requests
        number = 0
        while not self.over.is_set():
            number += 1
            writes = number % 3 == 0
            began = time.monotonic()
            if writes:
                self._note(lambda: kept.post(self.url + POSTS, json=POST, timeout=30), 201)
            else:
                self._note(lambda: kept.get(f"{self.url}{POSTS}?per_page=5", timeout=30), 200)
            self.longest = max(self.longest, time.monotonic() - began)

    def _pause_between(self, seconds: float) -> None:
        kept = requests.Session()
        while not self.over.is_set():
            self._note(lambda: kept.post(self.url + POSTS, json=POST, timeout=30), 201)
            self.over.wait(seconds)

    def _pause_within(self, seconds: float) -> None:
        body = json.dumps(POST).encode()

        def slowly() -> Iterator[bytes]:
            yield body[:5]
            time.sleep(seconds)
            yield body[5:]

        headers = {"Content-Type": "application/json"}
        where = self.url + POSTS
        while not self.over.is_set():
            self._note(lambda: requests.post(where, slowly(), headers=headers, timeout=30), 201)

    def _note(self, ask: Callable[[], requests.Response], expected: int) -> None:
        try:
            answer = ask()
        except requests.RequestException as error:
            self.failed.append(repr(error))
            return
        self.answered += 1
        if answer.status_code != expected:
            self.failed.append(f"{answer.status_code} for {answer.request.method}")


def with_the_contract(tests: type) -> type:
    """Give a class each test of the contract; it has to have their fixture `posts`."""
    for name, test in vars(test_contract).items():
        if name.startswith("test_"):
            setattr(tests, name, staticmethod(test))
    return tests


@with_the_contract
class TestTheContractThroughNginx:
    """What each project's own server is asked by `tests/test_contract.py`."""

    @pytest.fixture
    def posts(self, full: Stack) -> test_contract.Posts:
        return test_contract.Posts(full.url)


def test_a_rolling_replacement_loses_no_request(full: Stack) -> None:
    before = containers(full)
    # What is rolled out: other code, and a migration.
    package = package_of(full.folder)
    tell = 'release=2, connection=request.headers["Connection"], links=links'
    edit(full.folder, f"src/{package}/api.py", "links=links", tell)
    first = (full.folder / "migrations/versions/0001_create_posts.py").read_text(encoding="utf-8")
    second = (
        first[: first.index("def upgrade")]
        .replace("None", '"0001"', 1)
        .replace('"0001"', '"0002"', 1)
    )
    (full.folder / "migrations/versions/0002_nothing.py").write_text(
        f"{second}def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    )
    with Load(full.url) as load:
        printed = full.run("make", "--no-print-directory", "rollout")
        while load.answered < 1000:
            time.sleep(0.5)
    assert "Replaced 3." in printed
    assert len(containers(full)) == 3
    assert not before & containers(full)
    for _ in range(10):
        told = requests.get(f"{full.url}/api/v1/", timeout=10).json()
        assert (told["release"], told["connection"]) == (2, "close")
    assert "0002 (head)" in full("exec", "--no-TTY", "web", "flask", "db", "current")
    assert full("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") == ""
    print(f"rolling replacement: {load}")
    assert load.failed == []


def containers(running: Stack) -> set[str]:
    return set(running("ps", "--all", "--quiet", "web").split())


# It lives, and answers nothing else: not that it is ready, and no client that is sent to it.
BROKEN = """app.register_blueprint(blueprint)
    app.before_request(lambda: None if request.path == "/health" else ("", 503))


from flask import request
"""


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("gunicorn.conf.py", "bind = ", "sys.exit(1)\nbind = "),
        ("src/{}/health.py", "app.register_blueprint(blueprint)", BROKEN),
    ],
    ids=["does not start", "does not get ready"],
)
def test_a_release_that_fails_changes_nothing(full: Stack, path: str, old: str, new: str) -> None:
    before, path = containers(full), path.format(package_of(full.folder))
    edit(full.folder, path, old, new)
    refused = pytest.raises(AssertionError, match="Nothing was replaced")
    # Some clients are still sending when the new containers start.
    with Load(full.url, clients=2, pauses=(14, 16, 18) * 3) as load, refused:
        full.run("make", "--no-print-directory", "rollout")
    edit(full.folder, path, new, old)
    assert load.failed == []
    assert containers(full) == before
    assert full("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") == ""


def test_an_interrupted_replacement_leaves_no_old_container(full: Stack) -> None:
    before = containers(full)
    process = subprocess.Popen(
        ["deploy/rollout"],
        cwd=full.folder,
        env=full.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    slow = []
    for line in process.stdout:
        slow.append(begin_to_post(full))  # so that it has to wait when it is interrupted
        if "The new ones serve" in line:
            break
    os.killpg(process.pid, signal.SIGTERM)
    printed = process.communicate(timeout=120)[0]
    for connection in slow:
        connection.close()
    assert "Replaced 3." in printed
    assert len(containers(full)) == 3
    assert not before & containers(full)
    assert full("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") == ""


def test_a_rolling_replacement_loses_no_request_of_granian() -> None:
    row = next(
        r for r in COMPOSED if (answer(r, "server"), answer(r, "nginx")) == ("granian", "true")
    )
    with stack(row) as running, Load(running.url) as load:
        printed = running.run("make", "--no-print-directory", "rollout")
    assert "Replaced 1." in printed
    print(f"rolling replacement of granian: {load}")
    assert load.failed == []


def test_new_workers_lose_no_request(full: Stack) -> None:
    with Load(full.url) as load:
        for _ in range(3):
            full("kill", "--signal=HUP", "web")
            time.sleep(3)
        while load.answered < 1000:
            time.sleep(0.5)
    print(f"HUP: {load}")
    assert load.failed == []


def begin_to_post(running: Stack) -> socket.socket:
    """A connection on which the rest of a body is still to come."""
    head = f"POST {POSTS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    connection = socket.create_connection(("127.0.0.1", running.port))
    connection.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
    return connection


def test_slow_clients_hold_no_worker(full: Stack) -> None:
    slow = [begin_to_post(full) for _ in range(8 * 6)]
    time.sleep(1)
    took = []
    for _ in range(20):
        began = time.monotonic()
        assert requests.get(full.url + POSTS, timeout=10).status_code == 200
        took.append(time.monotonic() - began)
    for connection in slow:
        connection.close()
    print(f"slow clients: the longest of 20 healthy requests took {max(took):.3f} s")
    assert max(took) < 1


def entry_of(line: str) -> dict[str, object]:
    """What a line of a log says; Docker may put a character before it."""
    entry: dict[str, object] = json.loads(line[line.index("{") :])
    return entry


def test_a_forged_address_is_not_passed_on_and_no_query_is_logged(full: Stack) -> None:
    forged = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "https"}
    forged["X-Request-ID"] = "asked-with-a-forged-address"
    requests.get(f"{full.url}/api/v1/?token=secret", headers=forged, timeout=10)
    requests.post(f"{full.url}{POSTS}?token=secret", data=b"x" * 100_000, timeout=10)
    entries = {}
    for service in ("web", "nginx"):
        logged = full("logs", "--no-log-prefix", "--no-color", service)
        assert "secret" not in logged
        assert "GET /health" not in logged
        [line] = [line for line in logged.splitlines() if forged["X-Request-ID"] in line]
        entries[service] = entry_of(line)
    for entry in entries.values():
        assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/api/v1/", 200)
        assert entry["client"] not in {"", "192.0.2.66"}
    assert entries["web"]["client"] == entries["nginx"]["client"]


@pytest.mark.parametrize("service", ["web", "nginx", "postgresql"])
def test_each_service_can_be_restarted(full: Stack, service: str) -> None:
    full("restart", service)
    assert full.wait_for("/health/ready").json()["status"] == "ok"
    write_change_and_delete(full)


def test_what_nginx_answers_itself_is_a_problem_document(full: Stack) -> None:
    where, known = full.url + POSTS, {"X-Request-ID": "known-to-the-client"}
    refused = {
        400: requests.get(where, headers=known | {"X-Long": "x" * 9000}, timeout=10),
        404: requests.get(f"{full.url}/.nginx/problem", headers=known, timeout=10),
        405: requests.request("TRACE", where, headers=known, timeout=10),
        413: requests.post(where, data=b"x" * 3_000_000, headers=known, timeout=10),
        414: requests.get(where, params={"q": "x" * 9000}, headers=known, timeout=10),
    }
    full("stop", "web")
    refused[502] = requests.get(where, headers=known, timeout=30)
    full("start", "web")
    usual = full.wait_for("/health/ready")
    wait_until_healthy(full("ps", "--quiet", "nginx").strip())
    security = {"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy"}
    security |= {"Cross-Origin-Resource-Policy", "X-Content-Type-Options", "X-Frame-Options"}
    for status, answer in refused.items():
        test_contract.assert_problem(answer, status)
        for header in security:
            assert answer.headers[header] == usual.headers[header]
        if status not in {400, 414}:  # what could not be read has an id of nginx's own
            assert answer.headers["X-Request-ID"] == "known-to-the-client"
    logged = full("logs", "--no-log-prefix", "--no-color", "nginx").splitlines()
    [line] = [line for line in logged if '"status": 413' in line and "known-to" in line]
    assert entry_of(line)["method"] == "POST"


def test_the_database_may_be_killed_and_come_back(full: Stack) -> None:
    full("kill", "--signal=KILL", "postgresql")
    assert full.wait_for("/health").status_code == 200
    full.wait_for("/health/ready", 503)
    full("up", "--detach", "--wait", "--no-recreate", "--scale=web=3")
    full.wait_for("/health/ready")
    write_change_and_delete(full)


def test_only_the_front_is_published_and_only_here(full: Stack) -> None:
    ports = full("ps", "--format={{.Service}} {{.Ports}}")
    published = {line.split()[0]: line for line in ports.splitlines() if "->" in line}
    assert set(published) == {"nginx"}
    assert f"127.0.0.1:{full.port}->" in published["nginx"]
    assert "0.0.0.0:" not in published["nginx"].replace("127.0.0.1", "")


def test_answers_are_compressed_once(full: Stack) -> None:
    for _ in range(20):
        requests.post(full.url + POSTS, json={"title": "T", "body": "B" * 200}, timeout=10)
    answered = requests.get(f"{full.url}{POSTS}", timeout=10)
    assert answered.headers["Content-Encoding"] == "gzip"
    assert answered.headers["Vary"] == "Accept-Encoding"
    assert answered.json()["items"]


def test_make_up_keeps_what_runs(full: Stack) -> None:
    """And goes back to one container of the application, as `docs/deploy.md` says.

    nginx is not made anew; it reads its files anew.
    """
    edit(
        full.folder, "deploy/nginx/server.inc", "client_max_body_size 2m", "client_max_body_size 1"
    )
    written = requests.post(full.url + POSTS, json={"title": "Kept", "body": "B"}, timeout=10)
    full.run("make", "up", timeout=600)
    refused = requests.post(full.url + POSTS, json={"title": "No", "body": "B"}, timeout=10)
    assert refused.status_code == 413
    edit(
        full.folder, "deploy/nginx/server.inc", "client_max_body_size 1", "client_max_body_size 2m"
    )
    full.run("make", "up", timeout=600)
    assert len(containers(full)) == 1
    assert requests.get(full.url + written.headers["Location"], timeout=10).status_code == 200


def test_the_commands_of_the_page_work(full: Stack) -> None:
    """Those of Docker, as they stand there; Kubernetes is not here."""
    page = (full.folder / "docs/deploy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?s)```text\n(.*?)```", page)
    commands = [
        line
        for block in blocks
        for line in block.splitlines()
        if line.startswith("docker") and "registry.example.org" not in line
    ]
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command.replace('"$(id -u)"', str(os.getuid())))
        if words[1] == "build":
            # It may reach the package index only over the machine's own network.
            full.run(*words[:2], "--network=host", *words[2:], timeout=600)
        elif words[1] == "run":
            port = free_port()
            words = [word.replace(":5000:", f":{port}:") for word in words]
            if "flask" in words:
                full.run(*words)
                continue
            running = full.run(*words[:2], "--detach", *words[2:]).strip()
            url = f"http://127.0.0.1:{port}{POSTS}"
            ask_until(url, lambda answer: answer.status_code == 200, running)
            docker("stop", "--timeout=5", running)
        else:
            full(*words[2:])
    assert len(full("ps", "--quiet", "web").split()) == 3
    assert full.wait_for("/health/ready").json()["status"] == "ok"


# --- HTTPS ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout privkey.pem"
    names = f"-subj /CN={ADDRESS} -addext subjectAltName=IP:{ADDRESS}"
    command = f"openssl req -x509 -days 2 -out fullchain.pem {key} {names}"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "fullchain.pem"


@pytest.fixture(scope="module")
def https(full: Stack, certificate: Path) -> Stack:
    """The same, once its user has written into `.env` what `docs/deploy.md` says."""
    full.use_https(certificate.parent, ADDRESS)
    full("up", "--detach", "--wait", "--scale=web=3")
    return full


def test_nginx_speaks_https(https: Stack, certificate: Path) -> None:
    # What is asked in plain HTTP is sent there, but for the probes.
    answer = requests.get(https.url + POSTS, verify=str(certificate), timeout=10)
    assert (answer.status_code, answer.url) == (200, f"https://{ADDRESS}{POSTS}")
    assert [first.status_code for first in answer.history] == [308]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert not requests.get(f"{https.url}/health", timeout=10).history


def test_the_observatory_gives_130_points(https: Stack, certificate: Path) -> None:
    found = observe(f"{ADDRESS}/api/v1/", certificate)
    print(f"Observatory: {found['scan']['score']} points")
    failed = {name: test["result"] for name, test in found["tests"].items() if not test["pass"]}
    assert failed == {}
    assert found["scan"]["score"] >= 130


def test_a_proxy_in_front_is_believed_once_it_is_counted(https: Stack) -> None:
    """And what stands before its own entry is not."""
    said = {"X-Forwarded-For": "203.0.113.5, 192.0.2.9", "X-Forwarded-Proto": "http, https"}
    said["X-Request-ID"] = "asked-through-a-proxy"
    where = f"{https.url}/api/v1/"
    assert requests.get(where, headers=said, allow_redirects=False, timeout=10).status_code == 308
    https.env["TRUSTED_PROXIES"] = "2"
    https("up", "--detach", "--wait", "--scale=web=3")
    assert requests.get(where, headers=said, allow_redirects=False, timeout=10).status_code == 200
    logged = https("logs", "--no-log-prefix", "--no-color", "web").splitlines()
    line = next(line for line in reversed(logged) if said["X-Request-ID"] in line)
    assert entry_of(line)["client"] == "192.0.2.9"


def test_without_the_folder_of_the_certificate_nothing_starts(https: Stack) -> None:
    del https.env["TLS_FOLDER"]
    with pytest.raises(AssertionError, match=r"TLS_FOLDER.*is not set"):
        https("config", "--quiet")
