"""Projects with `external_api`, and an API that is slow, broken or hostile."""

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support import videos_api as faults
from tests.support.installed import Installed
from tests.support.matrix import row_like
from tests.support.projects import run
from tests.support.servers import running
from tests.support.videos_api import Fault, VideosApi, body, status, videos_api

pytestmark = pytest.mark.project

PER_PAGE = 50
# Much less than the API may take, and more than the start of a process on a busy machine.
MOST_SECONDS = 100
STORED = """
import json
from dotenv import load_dotenv
load_dotenv(".env")
from {package} import create_app
from {package}.blueprints.videos import services
with create_app().app_context():
    playlists = map(services.get_playlist, range(1, 1000))
    print(json.dumps([
        [each.id, each.title, [[v.id, v.title, v.seconds] for v in each.videos]]
        for each in playlists if each
    ]))
"""


def on(*projects: str, **answers: str) -> pytest.MarkDecorator:
    """Select projects by their data layer, database and server."""
    names = ("data_layer", "database", "server")
    chosen = [
        row_like(external_api="true", **dict(zip(names, project.split(), strict=True)), **answers)
        for project in projects
    ]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


ONE = on("sqlalchemy sqlite gunicorn")
SERVED = on(
    "sqlalchemy sqlite gunicorn",
    "flask-sqlalchemy postgresql gunicorn",
    "raw-sql postgresql gunicorn",
)
EACH = on(
    "sqlalchemy sqlite gunicorn",
    "flask-sqlalchemy postgresql gunicorn",
    "raw-sql postgresql gunicorn",
    "sqlalchemy mysql granian",
    "raw-sql mysql flask",
)


@pytest.fixture
def api() -> Iterator[VideosApi]:
    with videos_api() as server:
        yield server


@pytest.fixture(autouse=True)
def empty(project: Installed) -> None:
    """Begin with empty tables."""
    project.flask("db", "downgrade", "base")
    project.flask("db", "upgrade")


def env_with(project: Installed, api: VideosApi) -> dict[str, str]:
    return project.env | {"VIDEOS_API_URL": api.url, "VIDEOS_API_TOKEN": "secret"}


def start(project: Installed, api: VideosApi) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["flask", "sync"],
        cwd=project.folder,
        env=env_with(project, api),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sync(project: Installed, api: VideosApi, status: int = 0) -> str:
    """Run `flask sync`, and return its output. It ends in time, with this status."""
    began = time.monotonic()
    process = start(project, api)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == status, printed
    assert time.monotonic() - began < MOST_SECONDS
    assert "Traceback" not in printed, printed
    return printed


def stored(project: Installed) -> dict[int, object]:
    """Return the playlists in the database by id, each with its title and its videos."""
    code = STORED.format(package=project.answers["package_name"])
    printed = run(["python", "-c", code], project.folder, project.env).stdout
    return {key: [title, videos] for key, title, videos in json.loads(printed)}


def wanted(api: VideosApi) -> dict[int, object]:
    return {
        key: [each["title"], [[v["id"], v["title"], v["seconds"]] for v in each["videos"]]]
        for key, each in api.playlists().items()
    }


# --- The sync ---------------------------------------------------------------------------------


@EACH
def test_from_an_empty_database_twice_and_with_changes(project: Installed, api: VideosApi) -> None:
    assert sync(project, api) == "Playlists: 260 added, 0 changed, 0 unchanged, 0 failed\n"
    assert stored(project) == wanted(api)
    assert sync(project, api) == "Playlists: 0 added, 0 changed, 260 unchanged, 0 failed\n"
    assert stored(project) == wanted(api)
    api.version, api.number = 2, 261
    assert sync(project, api) == "Playlists: 1 added, 260 changed, 0 unchanged, 0 failed\n"
    assert stored(project) == wanted(api)
    assert {token for _, token in api.requests} == {"Bearer secret"}


def killed_sync(
    project: Installed, api: VideosApi, page: int, number: signal.Signals, delay: float
) -> str:
    """Run a sync that gets a signal while it waits for this page, or so many seconds later."""
    process: subprocess.Popen[str]
    is_started = threading.Event()

    def kill(asked: int) -> None:
        is_started.wait(300)
        if asked == page:
            threading.Timer(delay, process.send_signal, [number]).start()
            time.sleep(delay / 2)

    api.before_page = kill
    process = start(project, api)
    is_started.set()
    printed, _ = process.communicate(timeout=300)
    return printed


@EACH
def test_a_sync_that_is_killed_leaves_whole_pages(project: Installed, api: VideosApi) -> None:
    """While it waits for a page, and while it stores one. The next sync stores the rest."""
    api.number = 3 * PER_PAGE
    for page, delay in ((1, 0), (2, 0.05), (3, 0.1)):
        api.version = page
        number = signal.SIGINT if page == 2 else signal.SIGKILL
        printed = killed_sync(project, api, page, number, delay)
        found = stored(project)
        new = {key for key, value in found.items() if value == wanted(api)[key]}
        assert len(new) % PER_PAGE == 0 or len(new) == api.number, printed
        assert new == set(range(1, len(new) + 1))
        assert len(new) >= (page - 1) * PER_PAGE
    api.before_page = lambda page: None
    assert "0 failed" in sync(project, api)
    assert stored(project) == wanted(api)


def sync_twice_at_once(project: Installed, api: VideosApi) -> None:
    """Run two syncs, which get each page at the same moment if they can."""
    asked: Counter[int] = Counter()
    arrival = threading.Condition()

    def wait(page: int) -> None:
        with arrival:
            asked[page] += 1
            arrival.notify_all()
            # A call ends after 5 seconds, which the other process may need to start.
            arrival.wait_for(lambda: asked[page] == 2, timeout=3)

    api.before_page = wait
    processes = [start(project, api) for _ in range(2)]
    for process in processes:
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == 0, printed
    api.before_page = lambda page: None


@EACH
def test_two_syncs_at_once_store_the_same(project: Installed, api: VideosApi) -> None:
    """They begin each page together, from an empty database and with changes."""
    for version in (1, 2):
        api.version = version
        sync_twice_at_once(project, api)
        assert stored(project) == wanted(api)
    assert "260 unchanged" in sync(project, api)


FAULTS: dict[str, tuple[Fault, str]] = {
    "silence": (faults.silence, "ReadTimeout"),
    "headers that drip": (faults.drip_headers, "ReadTimeout"),
    "a body that drips": (faults.drip_body, "ConnectionError"),
    "an error that drips": (faults.drip_error, ""),
    "hung up": (faults.hang_up, "ConnectionError"),
    "broken off": (faults.break_off, "ChunkedEncodingError"),
    "50 MB": (faults.large_body, "larger than"),
    "50 MB in chunks": (faults.large_chunks, "larger than"),
    "50 MB compressed": (faults.bomb, "larger than"),
    "endless pages": (faults.endless_pages, "more than 1000 pages"),
    "malformed": (body('{"items": ['), "not JSON"),
    "HTML": (body("<html>"), "not JSON"),
    "nothing": (body(""), "not JSON"),
    "100,000 brackets": (body("[" * 100_000), "not JSON"),
    "a list": (body("[]"), "there is no items"),
    "null": (body("null"), "there is no items"),
    "other types": (body('{"items": "many", "pages": 1, "total": 1}'), "items is not a list"),
    "no pages": (body('{"items": [], "pages": -1, "total": 1}'), "pages is not a number"),
    **{str(code): (status(code), f"status {code}") for code in (204, 401, 500, 502, 503, 504)},
    "429 for an hour": (status(429, "Retry-After: 3600\r\n"), "status 429"),
    "503 for an hour": (status(503, "Retry-After: 3600\r\n"), "status 503"),
}


@ONE
def test_every_fault_ends_the_sync_in_time(project: Installed) -> None:
    def try_one(fault: str) -> None:
        with videos_api() as api:
            api.fault, reason = FAULTS[fault]
            printed = sync(project, api, status=1)
            assert "The sync has ended early, run it again: " in printed, fault
            assert reason in printed, fault
            assert "Playlists: 0 added, 0 changed, 0 unchanged, 0 failed\n" in printed, fault
            assert api.sent < 20 * faults.MEGABYTE, fault

    with ThreadPoolExecutor(4) as threads:
        assert len(list(threads.map(try_one, FAULTS))) == len(FAULTS)
    assert stored(project) == {}


@EACH
def test_the_pages_before_a_fault_are_stored(project: Installed, api: VideosApi) -> None:
    """Once the API is well, the next sync stores the rest."""
    api.fault, api.fault_from = faults.hang_up, 3
    assert "Playlists: 100 added, " in sync(project, api, status=1)
    api.fault = None
    assert "160 added, 0 changed, 100 unchanged" in sync(project, api)
    assert stored(project) == wanted(api)


@ONE
def test_a_redirect_to_another_host_does_not_get_the_token(
    project: Installed, api: VideosApi
) -> None:
    with videos_api() as other:
        api.fault = status(302, f"Location: {other.url}/playlists\r\n")
        assert "status 302" in sync(project, api, status=1)
        assert other.requests == []


@EACH
def test_playlists_that_are_not_valid_are_left_out(project: Installed, api: VideosApi) -> None:
    """Also what only a database would refuse."""
    invalid: list[object] = [None, 1, [], {}]
    good = api.playlists()[1]
    wrong: dict[str, list[object]] = {
        "id": [None, 0, -1, 2**63, 1.5, "1", True],
        "title": [None, 1, "", " ", "x" * 201, "a\0b", "\ud800"],
        "videos": [None, {}, [None], [{"id": 1}]],
    }
    invalid += [{**good, name: value} for name, values in wrong.items() for value in values]
    emoji = good | {"id": 7, "title": "😀" * 200}
    page = {"items": [*invalid, good, emoji], "pages": 1, "total": 2}
    api.fault = body(json.dumps(page))
    printed = sync(project, api, status=1)
    assert f"2 added, 0 changed, 0 unchanged, {len(invalid)} failed" in printed
    assert set(stored(project)) == {1, 7}


# --- Requests ---------------------------------------------------------------------------------


@SERVED
def test_without_the_api_only_its_endpoint_is_unavailable(
    project: Installed, api: VideosApi
) -> None:
    """The others respond fast meanwhile, and nothing hangs. It recovers without a restart."""
    sync(project, api)
    env = project.env_to_serve(project.serve) | env_with(project, api)
    env |= {"APP_ENV": "production", "FLASK_DEBUG": "0", "RATELIMIT_ENABLED": "false"}
    with running(project.serve, project.folder, env) as server:
        address = f"{server.url}/api/v1/videos/1/statistics"
        assert requests.get(address, timeout=60).json() == {"views": 7, "likes": 3}
        for name in ("silence", "a body that drips", "hung up", "500", "50 MB", "malformed"):
            api.fault, _ = FAULTS[name]
            began = time.monotonic()
            response = requests.get(address, timeout=60)
            assert response.status_code == 503, name
            assert response.headers["Content-Type"] == "application/problem+json"
            assert response.headers["Retry-After"] == "5"
            assert time.monotonic() - began < 30, name

        api.fault = faults.silence
        with ThreadPoolExecutor(40) as threads:
            waiting = [threads.submit(requests.get, address, timeout=60) for _ in range(40)]
            slowest = 0.0
            while not all(each.done() for each in waiting):
                began = time.monotonic()
                for path in ("/api/v1/playlists", "/api/v1/playlists/1", "/health/ready"):
                    assert requests.get(server.url + path, timeout=60).status_code == 200
                slowest = max(slowest, time.monotonic() - began)
        assert {each.result().status_code for each in waiting} == {503}
        print(f"three requests next to 40 that wait for the API: {slowest:.2f} s at most")
        assert (
            slowest < 10
        )  # without the limit of calls, they would wait for 40 / 8 times 5 seconds
        api.fault = None
        assert requests.get(address, timeout=60).status_code == 200
        log = server.log.read_text(encoding="utf-8")
        assert "The videos API cannot be used" in log
        assert "secret" not in log


@on("sqlalchemy postgresql granian", interface="pages")
def test_without_the_api_only_the_page_of_a_video_is_unavailable(
    project: Installed, api: VideosApi
) -> None:
    sync(project, api)
    env = project.env_to_serve(project.serve) | env_with(project, api)
    with running(project.serve, project.folder, env) as server:
        address = f"{server.url}/playlists/videos/1"
        assert "7 views" in requests.get(address, timeout=60).text
        api.fault = faults.hang_up
        response = requests.get(address, timeout=60)
        assert response.status_code == 503
        assert response.headers["Content-Type"].startswith("text/html")
        assert requests.get(f"{server.url}/playlists/1", timeout=60).status_code == 200


QUERIES = """
from dotenv import load_dotenv
load_dotenv(".env")
from sqlalchemy import event
from {package} import create_app
from {package}.db import db
app = create_app({{"RATELIMIT_ENABLED": False}})
found = []
with app.app_context():
    event.listen(db.engine, "before_cursor_execute", lambda *args: found.append(args[2]))
client = app.test_client()
for path in ("/api/v1/playlists?per_page=100", "/api/v1/playlists/1", "/api/v1/videos/1/statistics"):
    found.clear()
    assert client.get(path).status_code == 200
    print(len(found))
"""


@on("sqlalchemy sqlite gunicorn", "flask-sqlalchemy postgresql gunicorn")
def test_the_number_of_queries_does_not_depend_on_the_rows(
    project: Installed, api: VideosApi
) -> None:
    """raw-sql runs one query for each method of `queries` that a service calls."""
    sync(project, api)
    code = QUERIES.format(package=project.answers["package_name"])
    printed = run(["python", "-c", code], project.folder, project.env).stdout
    assert printed.split() == ["2", "1", "1"]
