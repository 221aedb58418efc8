"""The processes of a project share sessions on the server, in files and in a real Redis."""

import re
import secrets
import signal
import stat
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.support.browser import chromium, visitor
from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.own_redis import OwnRedis, own_redis
from tests.support.projects import run
from tests.support.servers import Server, running

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project", [row_with(preset="full")], ids=lambda row: row.id, indirect=True
    ),
]
STORES = pytest.mark.parametrize("store", ["files", "redis"], indirect=True)
COOKIE = "__Host-session"
FORM = "/posts/new"
SAVED = "The post is saved."
PAUSE = 1.2
"""Seconds after which a process asks a Redis again that was down."""


@pytest.fixture(scope="module", autouse=True)
def migrated(project: Installed) -> None:
    """The form of a post needs its table."""
    project.flask("db", "upgrade")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as server:
        yield server


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Where the sessions are: files or redis."""
    return str(getattr(request, "param", "redis"))


@pytest.fixture
def env(project: Installed, store: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of a server with two processes, with Redis or without it."""
    env = project.env_to_serve(project.serve) | {"RATELIMIT_ENABLED": "false"}
    if store == "redis":
        env["REDIS_URL"] = request.getfixturevalue("redis").url
    return env


class Visitor:
    """A browser without the pages. It sends the cookie over plain HTTP, as Chromium does locally."""

    def __init__(self, server: Server, cookie: str = "") -> None:
        self.server = server
        self.cookie = cookie
        self.response = requests.Response()

    def send(self, method: str, path: str, **data: str) -> requests.Response:
        self.response = requests.request(
            method,
            self.server.url + path,
            data=data,
            headers={"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {},
            allow_redirects=False,
            timeout=60,
        )
        if (sent := self.response.cookies.get(COOKIE)) is not None:
            self.cookie = sent
        return self.response

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path)

    def write_post(self) -> str:
        """Write a post, and return the address of its page."""
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(FORM).text)
        assert token, self.response.text
        self.send("POST", FORM, csrf_token=token[1], title=secrets.token_hex(8), body="A text")
        assert self.response.status_code == 303, self.response.text
        return self.response.headers["Location"]


def files(project: Installed) -> list[Path]:
    return list((project.folder / "instance/sessions").iterdir())


@STORES
def test_processes_share_a_session_and_the_cookie_has_only_an_id(
    project: Installed, env: dict[str, str]
) -> None:
    with running(project.serve, project.folder, env) as server:
        for _ in range(10):  # each request may meet another process
            reader = Visitor(server)
            page = reader.write_post()
            assert re.fullmatch("[A-Za-z0-9_-]{43}", reader.cookie)
            assert SAVED in reader.get(page).text
            assert SAVED not in reader.get(page).text
            assert "Set-Cookie" not in reader.get(FORM).headers  # nothing has changed


@STORES
def test_a_session_survives_a_restart_and_a_new_key(
    project: Installed, env: dict[str, str]
) -> None:
    with running(project.serve, project.folder, env) as server:
        reader = Visitor(server)
        page = reader.write_post()
    rotated = env | {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SECRET_KEY_FALLBACKS": env["SECRET_KEY"],
    }
    with running(project.serve, project.folder, rotated) as server:
        again = Visitor(server, reader.cookie)
        assert SAVED in again.get(page).text
        again.write_post()
        assert again.cookie == reader.cookie


@pytest.mark.parametrize("store", ["files"], indirect=True)
def test_files_are_for_the_user_of_the_server_alone(
    project: Installed, env: dict[str, str]
) -> None:
    with running(project.serve, project.folder, env) as server:
        Visitor(server).write_post()
        assert "REDIS_URL is not set" in server.log.read_text(encoding="utf-8")
    for file in files(project):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((project.folder / "instance/sessions").stat().st_mode) == 0o700


def test_only_requests_that_use_the_session_ask_redis(
    project: Installed, env: dict[str, str], redis: OwnRedis
) -> None:
    def commands() -> Counter[str]:
        found = re.findall(
            r"cmdstat_(get|set|expire|del):calls=(\d+)", redis.cli("info", "commandstats")
        )
        return Counter({name: int(calls) for name, calls in found})

    with running(project.serve, project.folder, env) as server:
        reader = Visitor(server)
        page = reader.write_post()
        style = re.search(r'href="(/static/style[^"]+)"', reader.get(page).text)
        assert style
        before = commands()
        for path in (style[1], "/health", "/health/ready", "/api/v1/", "/api/v1/posts"):
            assert reader.get(path).status_code == 200
        for path in (page, "/"):
            assert Visitor(server).get(path).status_code == 200
        assert commands() == before
        reader.get(page)
        assert commands() - before == {"get": 1, "expire": 1}
        assert len(redis.cli("--scan", "--pattern", "*/session/*").split()) == 1


def test_pages_without_a_form_are_served_while_redis_is_down(
    project: Installed, env: dict[str, str], redis: OwnRedis
) -> None:
    with running(project.serve, project.folder, env) as server:
        reader = Visitor(server)
        page = reader.write_post()
        redis.stop()
        for _ in range(6):
            for path in (page, "/", "/posts/", "/api/v1/posts", "/health", "/health/ready"):
                assert reader.get(path).status_code == 200, path
            for someone in (reader, Visitor(server)):
                response = someone.get(FORM)
                assert response.status_code == 503
                assert response.headers["Retry-After"] == "5"
                assert 'class="status">503<' in response.text
                assert "default-src" in response.headers["Content-Security-Policy"]
        assert "Traceback" not in server.log.read_text(encoding="utf-8")
        redis.start()
        time.sleep(PAUSE)
        assert SAVED in reader.get(page).text
        reader.write_post()


def test_a_redis_that_hangs_delays_no_page_for_long(
    project: Installed, env: dict[str, str], redis: OwnRedis
) -> None:
    with running(project.serve, project.folder, env) as server:
        reader = Visitor(server)
        page = reader.write_post()
        assert redis.process
        redis.process.send_signal(signal.SIGSTOP)
        try:
            for path, status in {FORM: 503, page: 200, "/health": 200}.items():
                time.sleep(PAUSE)
                response = reader.get(path)
                assert response.status_code == status
                assert response.elapsed.total_seconds() < 2
        finally:
            redis.process.send_signal(signal.SIGCONT)
        time.sleep(PAUSE)
        assert SAVED in reader.get(page).text


# Views that no sample has, in an application of its own.
LOG_IN_AND_OUT = """
from flask import current_app, session
from wsgi import app

def user():
    return str(session.get("user"))

def log_in():
    current_app.session_interface.regenerate(session)
    session["user"] = "me"
    return ""

def log_out():
    session.clear()
    return ""

def slow():
    session["slow"] = True
    visitor.post("/log-out")
    return ""

for view in (user, log_in, log_out, slow):
    app.add_url_rule("/" + view.__name__.replace("_", "-"), view_func=view, methods=["GET", "POST"])

def cookie():
    found = visitor.get_cookie("session")
    return found and found.value

def user_of(sid):
    client = app.test_client()
    client.set_cookie("session", sid)
    return client.get("/user").text

def keys():
    return [key for key in redis.scan_iter("*/session/*")]

redis = app.extensions["redis"]
redis.flushall()
visitor = app.test_client()
visitor.get("/posts/new")
first = cookie()
assert 500 < redis.ttl(keys()[0]) <= 600
visitor.post("/log-in")
second = cookie()
assert first != second
assert (user_of(first), user_of(second)) == ("None", "me")
assert len(keys()) == 1
redis.expire(keys()[0], 100)
visitor.get("/user")
assert 500 < redis.ttl(keys()[0]) <= 600
assert second.encode() not in keys()[0] + redis.get(keys()[0])

other = app.test_client()
other.set_cookie("session", second)
other.get("/slow")
assert user_of(second) == "None"
assert not keys()
assert not cookie()
"""


def test_a_login_gives_a_new_id_and_a_logout_deletes_the_session(
    project: Installed, redis: OwnRedis
) -> None:
    settings = {"REDIS_URL": redis.url, "PERMANENT_SESSION_LIFETIME": "600"}
    run(["python", "-W", "error", "-c", LOG_IN_AND_OUT], project.folder, project.env | settings)


@STORES
def test_chromium_keeps_the_cookie(project: Installed, env: dict[str, str]) -> None:
    with (
        running(project.serve, project.folder, env) as server,
        chromium() as browser,
        visitor(browser, server.url) as page,
    ):
        page.goto("/")
        assert page.context.cookies() == []
        page.goto(FORM)
        page.get_by_label("Title").fill("In Chromium")
        page.get_by_label("Text").fill("A text")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text(SAVED)
        [cookie] = page.context.cookies()
        assert cookie["name"] == COOKIE
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
        assert cookie["expires"] == -1  # it ends with the browser


def test_a_folder_that_cannot_be_written_is_reported(project: Installed) -> None:
    """As in a read-only container without Redis. Commands still run there."""
    folder = project.folder / "instance"
    folder.rename(project.folder / "moved")
    folder.touch()
    try:
        project.flask("db", "upgrade")
        env = project.env_to_serve(project.serve)
        with running(project.serve, project.folder, env) as server:
            ready = requests.get(f"{server.url}/health/ready", timeout=60)
            assert ready.status_code == 503
            cure = "instance/sessions cannot be written: set REDIS_URL"
            assert ready.json()["checks"]["sessions"] == cure
            assert Visitor(server).get(FORM).status_code == 503
            assert Visitor(server).get("/").status_code == 200
            assert cure in server.log.read_text(encoding="utf-8")
    finally:
        folder.unlink()
        (project.folder / "moved").rename(folder)
