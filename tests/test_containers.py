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
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests
from playwright.sync_api import expect

from tests import test_contract
from tests.options.redis import uses_redis
from tests.support.browser import chromium, visitor
from tests.support.containers import (
    APPLICATION_PORT,
    MARKER,
    Stack,
    container,
    docker,
    files_of_layers,
    image,
    need_engine,
    own_address,
    rendered_alone,
    stack,
    state,
    wait_until_healthy,
    with_secrets,
)
from tests.support.matrix import Row, answer, has, row_for, rows, with_each_value
from tests.support.observatory import observe
from tests.support.pipelines import RUN_BY_TEST_CONTAINERS, OnGitHub, OnGitLab
from tests.support.projects import rendered, stored_answers
from tests.support.questions import choice_questions
from tests.support.releases import git
from tests.support.terminal import blocks
from tests.support.user_edits import edit, newest_migration

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]

POSTS = "/api/v1/posts"
POST = {"title": "Under load", "body": "B"}
ASK_FOR_HEALTH = f"""
from urllib.request import urlopen
urlopen("http://127.0.0.1:{APPLICATION_PORT}/health", timeout=60)
"""
# No server listens there. /health does not need one.
NOWHERE = {
    "postgresql": "postgresql://app:app@127.0.0.1:9/app",
    "mysql": "mysql://app:app@127.0.0.1:9/app",
}


IN_CONTAINERS = [row for row in rows() if answer(row, "container") != "none"]
COMPOSED = [row for row in rows() if answer(row, "container") == "compose"]
FULL = next(row for row in rows() if row.name == "preset-full")

# A stack for each database, and for each other option that changes Compose files. All tests behind
# nginx share the full one.
STACKS = with_each_value([FULL, *COMPOSED], "database", "server", "nginx")
assert STACKS[0] == FULL


def images() -> list[Row]:
    """Return projects with every pair of the options that shape an image: manager, server, Python.

    The other options vary in turn: a driver is one more dependency, and every CI runs one command.
    """
    managers = choice_questions()["package_manager"].values
    servers = [server for server in choice_questions()["server"].values if server != "flask"]
    found = []
    for number, (manager, server) in enumerate(product(managers, servers)):
        found.append(
            row_for(
                container="dockerfile",
                package_manager=manager,
                server=server,
                python=("3.13", "3.14")[(number + number // len(servers)) % 2],
                database=("sqlite", "postgresql", "mysql", "none")[number % 4],
                ci=("github", "gitlab", "none")[number % 3],
            )
        )
    return found


IMAGES = images()
# Projects without a server have only the development image.
ONLY_DEVELOPED = [
    row_for(container="dockerfile", server="flask", package_manager=manager, ci=ci)
    for manager, ci in (("uv", "github"), ("pip", "gitlab"))
]


@pytest.fixture(scope="module")
def engine() -> None:
    need_engine()


def variables(row: Row) -> dict[str, str]:
    """Return the variables that an image needs to start."""
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


@dataclass
class Built:
    """A project and its production image."""

    row: Row
    folder: Path
    image: str


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest) -> Iterator[Built]:
    row = request.param
    with rendered_alone(row) as folder:
        with_secrets(folder)
        with image(folder, "prod") as name:
            yield Built(row, folder, name)


def of_built(*rows: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("built", rows, ids=lambda row: row.id, indirect=True)


def image_with(**answers: str) -> Row:
    return next(r for r in IMAGES if has(r, answers))


def test_every_pair_of_image_options_is_built() -> None:
    values = [choice_questions()[name].values for name in ("package_manager", "server")]
    values[1] = [server for server in values[1] if server != "flask"]
    values.append(["3.13", "3.14"])
    names = ("package_manager", "server", "python")
    for (one, ones), (two, twos) in combinations(zip(names, values, strict=True), 2):
        for first, second in product(ones, twos):
            assert image_with(**{one: first, two: second})
    for ci in ("github", "gitlab"):
        assert image_with(ci=ci)


@of_built(*IMAGES)
def test_the_image_for_production(built: Built) -> None:
    row, folder, name = built.row, built.folder, built.image
    size = int(docker("image", "inspect", "--format={{.Size}}", name)) / 1e6
    print(f"{row.name}: {size:.0f} MB")
    assert_nothing_secret(name, folder)
    run_the_job_of_ci(row, folder, name)
    options = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL")
    with container(name, *options, **variables(row)) as running:
        seconds = wait_until_healthy(running)
        print(f"{row.name}: healthy after {seconds:.1f} s")
        interval = "--format={{.Config.Healthcheck.StartInterval}}"
        assert docker("inspect", interval, running) == "500ms"
        assert docker("exec", running, "id", "-u") == "1000"
        refused = ["docker", "exec", running, "touch", "/app/src/new.py"]
        assert subprocess.run(refused, capture_output=True, check=False).returncode != 0
        refused = ["docker", "exec", running, "python", "-c", "import pytest"]
        assert subprocess.run(refused, capture_output=True, check=False).returncode != 0
        assert compiled_by(running, "import urllib.request, wsgi") == []
        docker("stop", "--timeout=20", running)
        assert state(running)["ExitCode"] == 0, docker("logs", running)


def compiled_by(running: str, code: str) -> list[str]:
    """The modules without bytecode in the image: each process compiles them again."""
    done = subprocess.run(
        ["docker", "exec", running, "python", "-v", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "/wsgi.cpython" in done.stderr  # read, from its bytecode
    return re.findall(r"^# code object from '?(/[^'\n]+\.py)'?$", done.stderr, re.MULTILINE)


def assert_nothing_secret(image: str, folder: Path) -> None:
    """Check that no secret is in a file of any layer, or in the history of the image."""
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


def run_the_job_of_ci(row: Row, folder: Path, image: str) -> None:
    """Run the CI job that builds the image. Most layers are in the cache by now."""
    ci = answer(row, "ci")
    if ci == "none":
        return
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "Start")
    job, name = RUN_BY_TEST_CONTAINERS[ci], f"{image}-{ci}"
    with TemporaryDirectory(dir=folder.parent) as clones:
        if ci == "github":
            OnGitHub(folder, Path(clones), IMAGE=name).run("ci.yml", "push", only=job)
        else:
            OnGitLab(folder, Path(clones), IMAGE=name).run(only=job)
    same, built = (
        docker("image", "inspect", "--format={{json .Config}}", i) for i in (image, name)
    )
    assert built == same
    docker("image", "rm", "--force", name)


def package_of(folder: Path) -> str:
    (package,) = (path.name for path in (folder / "src").iterdir() if path.is_dir())
    return package


def ask_until(url: str, holds: object, running: str) -> None:
    assert callable(holds)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if holds(requests.get(url, timeout=5)):
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url}:\n{docker('logs', running)}")


@of_built(image_with(server="gunicorn"), image_with(server="granian"))
def test_the_image_listens_on_the_port_of_its_host(built: Built) -> None:
    """Many container platforms choose the port, and set PORT."""
    given = variables(built.row) | {"PORT": "9123", "WEB_THREADS": "3"}
    with container(built.image, "--read-only", "--tmpfs=/tmp", **given) as running:
        wait_until_healthy(running)
        ask = "import urllib.request as u; u.urlopen('http://127.0.0.1:9123/api/v1/')"
        docker("exec", running, "python", "-c", ask)


@pytest.mark.parametrize(
    ("limit", "workers"), [("150000 100000", 2), ("50000 100000", 2), ("max 100000", None)]
)
@of_built(image_with(server="gunicorn"))
def test_gunicorn_counts_the_cores_of_its_container(
    built: Built, limit: str, workers: int | None, tmp_path: Path
) -> None:
    """It does not count the cores of the host. The file is that of cgroup v2."""
    given = tmp_path / "cpu.max"
    given.write_text(f"{limit}\n", encoding="ascii")
    options = ("--read-only", "--tmpfs=/tmp", f"--volume={given}:/sys/fs/cgroup/cpu.max:ro")
    with container(built.image, *options, **variables(built.row)) as running:
        wait_until_healthy(running)
        processes = docker("top", running, "-eo", "pid,args").splitlines()
    found = (
        sum("gunicorn" in process for process in processes) - 1
    )  # the first process is not a worker
    assert found == (workers or min(2 * len(os.sched_getaffinity(0)), 8))


@of_built(image_with(server="gunicorn"))
def test_a_code_change_reuses_the_layer_of_the_dependencies(built: Built) -> None:
    (built.folder / "src" / package_of(built.folder) / "new.py").write_text("NEW = 1\n")
    done = subprocess.run(
        ["docker", "build", "--progress=plain", "--network=host", "--target=prod", "."],
        cwd=built.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    steps = re.findall(r"#\d+ \[build.*\n#\d+ (CACHED)?", done.stderr)
    assert steps.count("CACHED") >= 3, done.stderr


@of_built(*IMAGES)
def test_the_image_for_development(built: Built) -> None:
    with image(built.folder, "dev") as name:
        assert_nothing_secret(name, built.folder)
        assert_it_follows_the_files(built.row, built.folder, name)


@pytest.mark.parametrize("row", ONLY_DEVELOPED, ids=lambda row: row.id)
def test_the_only_image_of_a_project_without_a_server(row: Row) -> None:
    with rendered_alone(row) as folder:
        with_secrets(folder)
        with image(folder, "dev") as name:
            assert_nothing_secret(name, folder)
            run_the_job_of_ci(row, folder, name)
            assert_it_follows_the_files(row, folder, name)


def assert_it_follows_the_files(row: Row, folder: Path, image: str) -> None:
    """Check that the development server reloads a changed file of the mounted project."""
    (folder / ".env").write_text("", encoding="utf-8")
    (folder / "instance/app.sqlite3").unlink()
    address = own_address()
    subprocess.run(["chown", "--recursive", "1000:1000", str(folder)], check=True)
    mounted = (f"--volume={folder}:/app", f"--publish={address}:5000:5000")
    with container(image, *mounted, **variables(row)) as running:
        assert docker("exec", running, "id", "-u") == "1000"
        url = f"http://{address}:5000/api/v1/"
        ask_until(url, lambda response: response.status_code == 200, running)
        edit(folder, f"src/{package_of(folder)}/blueprints/api.py", "links=links", "changed=links")
        ask_until(url, lambda response: "changed" in response.text, running)


# --- Compose ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def started(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with stack(request.param) as running:
        yield running


def of_started(*rows: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("started", rows, ids=lambda row: row.id, indirect=True)


@of_started(*STACKS[1:])
def test_compose_starts_a_new_project(started: Stack) -> None:
    assert_it_works_and_keeps(started)


def assert_it_works_and_keeps(running: Stack, *options: str) -> None:
    """Check that the application reads and writes, and keeps its data over `down` and `up`."""
    assert running.wait_for("/health/ready").json()["status"] == "ok"
    if not (running.folder / "migrations").exists():
        assert requests.get(f"{running.url}/api/v1/hello", timeout=60).status_code == 200
        return
    write_change_and_delete(running)
    kept = requests.post(running.url + POSTS, json={"title": "Kept", "body": "B"}, timeout=60)
    running("down", "--timeout=20")
    running("up", "--detach", "--wait", *options)
    where = running.url + kept.headers["Location"]
    assert requests.get(where, timeout=60).json()["title"] == "Kept"


def write_change_and_delete(running: Stack) -> None:
    made = requests.post(running.url + POSTS, json={"title": "A", "body": "B"}, timeout=60)
    assert made.status_code == 201
    where = running.url + made.headers["Location"]
    assert requests.get(where, timeout=60).json()["title"] == "A"
    assert requests.patch(where, json={"title": "C"}, timeout=60).json()["title"] == "C"
    assert requests.delete(where, timeout=60).status_code == 204
    assert requests.get(where, timeout=60).status_code == 404


@pytest.mark.parametrize("row", COMPOSED, ids=lambda row: row.id)
def test_compose_refuses_to_start_without_secrets(row: Row) -> None:
    with rendered_alone(row) as folder:
        given = Stack(folder)
        given("config", "--quiet")
        needed = {"SECRET_KEY"}
        if answer(row, "database") in NOWHERE:
            needed.add("DATABASE_PASSWORD")
        if uses_redis(stored_answers(row.answers)):
            needed.add("REDIS_PASSWORD")
        for name in needed:
            value = given.env.pop(name)
            with pytest.raises(AssertionError, match=f"{name}.*is not set"):
                given("config", "--quiet")
            given.env[name] = value


# --- The full project, behind nginx -----------------------------------------------------------


@pytest.fixture(scope="module", params=[FULL], ids=lambda row: row.id)
def full(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Three containers of the application behind nginx. Tests that use it run one by one."""
    with stack(request.param) as running:
        running("up", "--detach", "--wait", "--no-recreate", "--scale=web=3")
        yield running


def test_compose_starts_the_full_project(full: Stack) -> None:
    assert_it_works_and_keeps(full, "--scale=web=3")


class Load:
    """Clients that read and write until the context ends, and record each failed request.

    Some of them pause: between requests on one connection, or in the middle of a request body.
    """

    def __init__(
        self, url: str, clients: int = 6, pauses: tuple[float, ...] = (1.5, 2.5, 3.5, 4.5)
    ) -> None:
        self.url = url
        self.responses = 0
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
        failed = f"{len(self.failed)} of {self.responses} failed"
        return f"{failed}, the longest took {self.longest:.1f} s"

    def _ask(self) -> None:
        # Half of the clients reuse their connection, as browsers and other services do.
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
            response = ask()
        except requests.RequestException as error:
            self.failed.append(repr(error))
            return
        self.responses += 1
        if response.status_code != expected:
            self.failed.append(f"{response.status_code} for {response.request.method}")


def with_the_contract(tests: type) -> type:
    """Add each test of the contract to a class, which provides the fixture `posts`."""
    for name, test in vars(test_contract).items():
        if name.startswith("test_"):
            setattr(tests, name, staticmethod(test))
    return tests


@with_the_contract
class TestContractThroughNginx:
    """The tests of `tests/test_contract.py`, with requests that go through nginx."""

    @pytest.fixture
    def posts(self, full: Stack) -> test_contract.Posts:
        return test_contract.Posts(full.url, stored_answers(FULL.answers))


def test_a_rolling_replacement_loses_no_request(full: Stack) -> None:
    before = containers(full)
    # The release has changed code and a migration.
    package = package_of(full.folder)
    tell = 'release=2, connection=request.headers["Connection"], links=links'
    edit(full.folder, f"src/{package}/blueprints/api.py", "links=links", tell)
    first = (full.folder / "migrations/versions/0001_create_posts.py").read_text(encoding="utf-8")
    second = (
        first[: first.index("def upgrade")]
        .replace("None", f'"{newest_migration(full.folder)}"', 1)
        .replace('"0001"', '"0009"', 1)
    )
    with (full.folder / f"src/{package}/blueprints/posts/tasks.py").open("a") as tasks:
        tasks.write(SLOW_TASK)
    (full.folder / "migrations/versions/0009_nothing.py").write_text(
        f"{second}def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    )
    with Load(full.url) as load:
        printed = full.run("make", "--no-print-directory", "rollout")
        while load.responses < 1000:
            time.sleep(0.5)
    assert "Replaced 3." in printed
    assert len(containers(full)) == 3
    assert not before & containers(full)
    for _ in range(10):
        told = requests.get(f"{full.url}/api/v1/", timeout=60).json()
        assert (told["release"], told["connection"]) == (2, "close")
    assert "0009 (head)" in full("exec", "--no-TTY", "web", "flask", "db", "current")
    assert full("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") == ""
    print(f"rolling replacement: {load}")
    assert load.failed == []


# A task that takes longer than a rollout, and leaves a post when it ends.
SLOW_TASK = """


@shared_task(name="posts.write_slowly")
def write_slowly(title: str) -> None:
    import time

    log.info("posts.write_slowly begins")
    time.sleep(40)
    services.create_post(title=title, body="From a task")
"""


def send_task(running: Stack, name: str, *arguments: object) -> str:
    """Send a task from the worker's container, as in the manual. Return its id."""
    app = f"{package_of(running.folder)}.tasks.worker"
    celery = ("celery", "--app", app, "call", name, "--args", json.dumps(arguments))
    return running("exec", "--no-TTY", "worker", *celery).split()[-1]


def test_a_worker_runs_tasks(full: Stack) -> None:
    sent = send_task(full, "posts.count_posts")
    entry = entry_of(full.wait_for_line("worker", sent, "posts.count_posts succeeded"))
    assert (entry["task"], entry["level"]) == ("posts.count_posts", "INFO")
    assert requests.get(f"{full.url}/health/ready", timeout=60).json()["checks"]["broker"] == "ok"
    for service in ("worker", "beat"):
        assert full("exec", "--no-TTY", service, "id", "-u").strip() == "1000"


def workers(running: Stack) -> set[str]:
    """Return the IDs of gunicorn's workers in all containers, as this machine numbers processes."""
    columns = [line.split() for line in running("top", "web").splitlines()]
    parents = {line[1]: line[2] for line in columns if len(line) > 2}
    return {process for process, parent in parents.items() if parent in parents}


def containers(running: Stack) -> set[str]:
    return set(running("ps", "--all", "--quiet", "web").split())


# The application is alive, but never ready, and fails every other request.
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
def test_a_failed_release_changes_nothing(full: Stack, path: str, old: str, new: str) -> None:
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


def begin_rollout(running: Stack) -> subprocess.Popen[str]:
    """Start `deploy/rollout` in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        # In a background job of a shell, SIGINT is ignored.
        ["env", "--default-signal=INT", "deploy/rollout"],
        cwd=running.folder,
        env=running.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def nginx_uses_old_containers_only(running: Stack) -> bool:
    return running("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") != ""


def new_containers_are_healthy(running: Stack) -> bool:
    return running("ps", "web", "--format", "{{.Health}}").split() == ["healthy"] * 6


@pytest.mark.parametrize("is_time", [nginx_uses_old_containers_only, new_containers_are_healthy])
def test_a_replacement_interrupted_before_the_switch_changes_nothing(
    full: Stack, is_time: Callable[[Stack], bool]
) -> None:
    before = containers(full)
    path, ready = f"src/{package_of(full.folder)}/health.py", "app.register_blueprint(blueprint)"
    edit(full.folder, path, ready, BROKEN)  # the new containers do not get ready
    slow = begin_to_post(full)  # nginx has to finish this request
    process = begin_rollout(full)
    deadline = time.monotonic() + 180
    while not is_time(full):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(3)  # `docker compose up` notices it too, and the script asks whether they are ready
    os.killpg(process.pid, signal.SIGINT)
    printed = process.communicate(timeout=60)[0]
    slow.close()
    edit(full.folder, path, BROKEN, ready)
    assert process.returncode == 130
    assert "Nothing was replaced" in printed
    assert "not ready" not in printed
    assert containers(full) == before
    assert full("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") == ""


def test_an_interrupted_replacement_leaves_no_old_container(full: Stack) -> None:
    before = containers(full)
    sent = send_task(full, "posts.write_slowly", "Written by a task that runs during a rollout")
    full.wait_for_line("worker", sent, "posts.write_slowly begins")
    process = begin_rollout(full)
    assert process.stdout
    slow = []
    for line in process.stdout:
        slow.append(begin_to_post(full))  # it has to wait for this request when it is interrupted
        if "The new containers serve" in line:
            break
    os.killpg(process.pid, signal.SIGTERM)
    printed = process.communicate(timeout=180)[0]
    for connection in slow:
        connection.close()
    assert "Replaced 3." in printed
    # The old worker has finished its task, once.
    listed = requests.get(f"{full.url}{POSTS}?per_page=100", timeout=60).json()["items"]
    assert [post["body"] for post in listed].count("From a task") == 1
    assert len(containers(full)) == 3
    assert not before & containers(full)
    assert full("exec", "--no-TTY", "nginx", "ls", "/etc/nginx/rollout") == ""


@of_started(
    next(r for r in STACKS if (answer(r, "server"), answer(r, "nginx")) == ("granian", "true"))
)
def test_a_rolling_replacement_loses_no_request_of_granian(started: Stack) -> None:
    with Load(started.url) as load:
        printed = started.run("make", "--no-print-directory", "rollout")
    assert "Replaced 1." in printed
    print(f"rolling replacement of granian: {load}")
    assert load.failed == []


def test_a_worker_reload_loses_no_request(full: Stack) -> None:
    with Load(full.url) as load:
        # One container after the other: new workers import the application, and a small machine that
        # does that nine times at once is too slow for nginx.
        for each in [*containers(full)] * 2:
            before = workers(full)
            kept = len(before) * 2 // 3
            docker("kill", "--signal=HUP", each)
            deadline = time.monotonic() + 60
            while len(workers(full) & before) > kept:
                assert time.monotonic() < deadline, "the old workers do not end"
                time.sleep(0.2)
        # The new workers import the application first. Each container responds afterwards.
        for each in containers(full):
            docker("exec", each, "python", "-c", ASK_FOR_HEALTH)
        while load.responses < 1000:
            time.sleep(0.5)
    print(f"HUP: {load}")
    assert load.failed == []


def begin_to_post(running: Stack) -> socket.socket:
    """Send the head and the first byte of a POST request, and return the open connection."""
    head = f"POST {POSTS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    connection = socket.create_connection((running.address, APPLICATION_PORT))
    connection.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
    return connection


def test_a_slow_client_does_not_block_a_worker(full: Stack) -> None:
    slow = [begin_to_post(full) for _ in range(8 * 6)]
    time.sleep(1)
    took = []
    for _ in range(20):
        began = time.monotonic()
        assert requests.get(full.url + POSTS, timeout=60).status_code == 200
        took.append(time.monotonic() - began)
    for connection in slow:
        connection.close()
    print(f"slow clients: the longest of 20 healthy requests took {max(took):.3f} s")
    # If slow clients blocked all workers, requests would wait longer than this.
    assert max(took) < 5


def entry_of(line: str) -> dict[str, object]:
    """Parse a line of a log. Docker may put a character before the JSON."""
    entry: dict[str, object] = json.loads(line[line.index("{") :])
    return entry


def test_a_forged_address_is_dropped_and_no_query_is_logged(full: Stack) -> None:
    forged = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "https"}
    forged["X-Request-ID"] = "asked-with-a-forged-address"
    requests.get(f"{full.url}/api/v1/?token=secret", headers=forged, timeout=60)
    requests.post(f"{full.url}{POSTS}?token=secret", data=b"x" * 100_000, timeout=60)
    entries = {}
    for service in ("web", "nginx"):
        entries[service] = entry_of(full.wait_for_line(service, forged["X-Request-ID"]))
        logged = full("logs", "--no-log-prefix", "--no-color", service)
        assert "secret" not in logged
        assert "GET /health" not in logged
        assert logged.count(forged["X-Request-ID"]) == 1
    for entry in entries.values():
        assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/api/v1/", 200)
        assert entry["client"] not in {"", "192.0.2.66"}
    assert entries["web"]["client"] == entries["nginx"]["client"]


@pytest.mark.parametrize("service", ["web", "nginx", "postgresql", "redis", "worker", "beat"])
def test_each_service_can_be_restarted(full: Stack, service: str) -> None:
    full("restart", service)
    # On a busy machine, nginx is unhealthy for some seconds after the application was away.
    full.wait_for("/health/ready")
    wait_until_healthy(full("ps", "--quiet", "nginx").strip())
    full("up", "--detach", "--wait", "--no-recreate", "--scale=web=3")
    assert full.wait_for("/health/ready").json()["status"] == "ok"
    write_change_and_delete(full)
    sent = send_task(full, "posts.count_posts")
    full.wait_for_line("worker", sent, "posts.count_posts succeeded")


def test_errors_of_nginx_look_like_those_of_the_application(full: Stack) -> None:
    where, known = full.url + POSTS, {"X-Request-ID": "known-to-the-client"}
    refused = {
        400: requests.get(where, headers=known | {"X-Long": "x" * 9000}, timeout=60),
        405: requests.request("TRACE", where, headers=known, timeout=60),
        413: requests.post(where, data=b"x" * 3_000_000, headers=known, timeout=60),
        414: requests.get(where, params={"q": "x" * 9000}, headers=known, timeout=60),
    }
    page = f"{full.url}/posts/"
    pages = {
        400: requests.get(page, headers=known | {"X-Long": "x" * 9000}, timeout=60),
        404: requests.get(f"{full.url}/.nginx/page", headers=known, timeout=60),
        413: requests.post(page, data=b"x" * 3_000_000, headers=known, timeout=60),
    }
    full("stop", "web")
    # For up to a second, nginx still tries the old addresses, and responds 504.
    refused[502] = full.wait_for(POSTS, 502, headers=known)
    pages[502] = requests.get(page, headers=known, timeout=60)
    with chromium() as browser, browser.new_context(color_scheme="dark") as context:
        shown = context.new_page()
        complaints: list[str] = []
        shown.on("console", lambda message: complaints.append(message.text))
        shown.goto(page)
        assert shown.evaluate("getComputedStyle(document.body).lineHeight") == "24px"
        assert [text for text in complaints if "status of 502" not in text] == []
    full("start", "web")
    usual = full.wait_for("/health/ready")
    wait_until_healthy(full("ps", "--quiet", "nginx").strip())
    security = {"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy"}
    security |= {"Cross-Origin-Resource-Policy", "X-Content-Type-Options", "X-Frame-Options"}
    for status, response in pages.items():
        assert response.status_code == status
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        for header in security:
            value = re.sub(r" style-src 'sha256-[\w+/=]+';", "", response.headers[header])
            assert value == usual.headers[header]
    for status, response in refused.items():
        test_contract.assert_problem(response, status)
        for header in security:
            assert response.headers[header] == usual.headers[header]
        if status not in {400, 414}:  # for a request that nginx cannot parse, it generates an id
            assert response.headers["X-Request-ID"] == "known-to-the-client"
    line = full.wait_for_line("nginx", '"status": 413', "known-to")
    assert entry_of(line)["method"] == "POST"


def test_the_application_recovers_after_the_database_is_killed(full: Stack) -> None:
    full("kill", "--signal=KILL", "postgresql")
    assert full.wait_for("/health").status_code == 200
    full.wait_for("/health/ready", 503)
    full("up", "--detach", "--wait", "--no-recreate", "--scale=web=3")
    full.wait_for("/health/ready")
    write_change_and_delete(full)


def test_requests_are_served_while_redis_is_killed(full: Stack) -> None:
    """Redis counts the requests of each client. Only those who know the password can use it."""
    in_redis = ("exec", "--no-TTY", "redis", "redis-cli")
    client = f"{package_of(full.folder)}/"
    assert requests.get(full.url + POSTS, timeout=60).status_code == 200
    assert client in full(*in_redis, "--scan")
    assert "NOAUTH" in full("exec", "--no-TTY", "--env=REDISCLI_AUTH=", *in_redis[2:], "ping")
    full("kill", "--signal=KILL", "redis")
    for _ in range(6):
        response = requests.get(full.url + POSTS, timeout=60)
        assert response.status_code == 200
        assert response.elapsed.total_seconds() < 10
    # The token of a form is kept in Redis, too.
    assert requests.get(full.url, timeout=60).status_code == 200
    form = requests.get(f"{full.url}/posts/new", timeout=60)
    assert (form.status_code, form.headers["Retry-After"]) == (503, "5")
    assert form.elapsed.total_seconds() < 10
    ready = requests.get(f"{full.url}/health/ready", timeout=60)
    assert (ready.status_code, ready.json()["checks"]["redis"] == "ok") == (200, False)
    full("up", "--detach", "--wait", "--no-recreate", "--scale=web=3")
    assert full.wait_for("/health/ready").json()["status"] == "ok"


def test_pages_work_behind_nginx(full: Stack) -> None:
    """Chromium keeps the session cookie, although this is plain HTTP: the address is local."""
    with chromium() as browser, visitor(browser, full.url) as page:
        page.goto("/posts/new")
        page.get_by_label("Title").fill("From a browser")
        page.get_by_label("Text").fill("A text")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("The post is saved.")
    response = requests.get(full.url, timeout=60)
    style = re.search(r'href="(/static/style[^"]+)"', response.text)
    assert style
    kept = requests.get(full.url + style[1], timeout=60).headers["Cache-Control"]
    assert "immutable" in kept


def test_only_nginx_is_published_and_only_locally(full: Stack) -> None:
    ports = full("ps", "--format={{.Service}} {{.Ports}}")
    published = {line.split()[0]: line for line in ports.splitlines() if "->" in line}
    assert set(published) == {"nginx"}
    assert f"{full.address}:{APPLICATION_PORT}->" in published["nginx"]
    assert published["nginx"].count("->") == 1


def test_responses_are_compressed_once(full: Stack) -> None:
    for _ in range(20):
        requests.post(full.url + POSTS, json={"title": "T", "body": "B" * 200}, timeout=60)
    # The application compresses, for nginx alone knows only gzip.
    for encoding in ("br", "gzip"):
        headers = {"Accept-Encoding": encoding}
        response = requests.get(f"{full.url}{POSTS}", headers=headers, timeout=60)
        assert response.headers["Content-Encoding"] == encoding
        assert response.headers["Vary"] == "Accept-Encoding"
    assert response.json()["items"]


def test_make_up_applies_changes_and_keeps_the_data(full: Stack) -> None:
    """`make up` also goes back to one container of the application, as `docs/nginx.md` says.

    nginx is not recreated; it reloads its configuration.
    """
    edit(
        full.folder, "deploy/nginx/server.inc", "client_max_body_size 2m", "client_max_body_size 1"
    )
    written = requests.post(full.url + POSTS, json={"title": "Kept", "body": "B"}, timeout=60)
    full.run("make", "up", timeout=600)
    refused = requests.post(full.url + POSTS, json={"title": "No", "body": "B"}, timeout=60)
    assert refused.status_code == 413
    edit(
        full.folder, "deploy/nginx/server.inc", "client_max_body_size 1", "client_max_body_size 2m"
    )
    full.run("make", "up", timeout=600)
    assert len(containers(full)) == 1
    assert requests.get(full.url + written.headers["Location"], timeout=60).status_code == 200


def test_the_docker_commands_of_the_pages_work(full: Stack) -> None:
    """Commands for Kubernetes are left out, because there is no cluster."""
    pages = [full.folder / "docs" / name for name in ("containers.md", "compose.md", "nginx.md")]
    found = [block for page in pages for block in blocks(page.read_text("utf-8"), "text")]
    commands = [line for b in found for line in b.splitlines() if line.startswith("docker")]
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command.replace('"$(id -u)"', str(os.getuid())))
        if words[1] == "build":
            # Some machines reach the package index only through the network of the host.
            full.run(*words[:2], "--network=host", *words[2:], timeout=600)
        elif words[1] == "run":
            address = own_address()
            words = [word.replace("127.0.0.1:", f"{address}:") for word in words]
            if "flask" in words:
                full.run(*words)
                continue
            running = full.run(*words[:2], "--detach", *words[2:]).strip()
            url = f"http://{address}:5000{POSTS}"
            ask_until(url, lambda response: response.status_code == 200, running)
            docker("stop", "--timeout=5", running)
        else:
            full(*words[2:])
    assert len(full("ps", "--quiet", "web").split()) == 3
    assert full.wait_for("/health/ready").json()["status"] == "ok"


# --- HTTPS ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(full: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout privkey.pem"
    names = f"-subj /CN={full.address} -addext subjectAltName=IP:{full.address}"
    command = f"openssl req -x509 -days 2 -out fullchain.pem {key} {names}"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "fullchain.pem"


@pytest.fixture(scope="module")
def https(full: Stack, certificate: Path) -> Stack:
    """The full project, with the lines in `.env` that `docs/nginx.md` lists for HTTPS."""
    full.use_https(certificate.parent)
    full("up", "--detach", "--wait", "--scale=web=3")
    return full


def test_nginx_serves_https(https: Stack, certificate: Path) -> None:
    # Plain HTTP is redirected, except for the probes.
    response = requests.get(https.url + POSTS, verify=str(certificate), timeout=60)
    assert (response.status_code, response.url) == (200, f"https://{https.address}{POSTS}")
    assert [first.status_code for first in response.history] == [308]
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
    assert not requests.get(f"{https.url}/health", timeout=60).history


@pytest.mark.parametrize(("path", "points"), [("/api/v1/", 130), ("/posts/new", 135)])
def test_the_observatory_gives_its_points(
    https: Stack, certificate: Path, path: str, points: int
) -> None:
    """A page gets five more for its session cookie."""
    found = observe(f"{https.address}{path}", certificate)
    print(f"Observatory of {path}: {found['scan']['score']} points")
    failed = {name: test["result"] for name, test in found["tests"].items() if not test["pass"]}
    assert failed == {}
    assert found["scan"]["score"] >= points


def test_a_proxy_in_front_is_trusted_once_it_is_counted(https: Stack) -> None:
    """Entries before that of the proxy are not trusted."""
    said = {"X-Forwarded-For": "203.0.113.5, 192.0.2.9", "X-Forwarded-Proto": "http, https"}
    said["X-Request-ID"] = "asked-through-a-proxy"
    where = f"{https.url}/api/v1/"
    assert requests.get(where, headers=said, allow_redirects=False, timeout=60).status_code == 308
    https.env["TRUSTED_PROXIES"] = "2"
    https("up", "--detach", "--wait", "--scale=web=3")
    assert requests.get(where, headers=said, allow_redirects=False, timeout=60).status_code == 200
    line = https.wait_for_line("web", said["X-Request-ID"], "192.0.2.9")
    assert entry_of(line)["client"] == "192.0.2.9"


def test_compose_refuses_to_start_without_a_certificate(https: Stack) -> None:
    del https.env["TLS_FOLDER"]
    with pytest.raises(AssertionError, match=r"TLS_FOLDER.*is not set"):
        https("config", "--quiet")
