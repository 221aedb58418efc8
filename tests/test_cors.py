"""Pages of other sites call the API of a project, in Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Error

from tests.support.browser import chromium
from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.servers import running

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project",
        [row_with(cors="true", data_layer="flask-sqlalchemy")],
        ids=lambda row: row.id,
        indirect=True,
    ),
]

# Chromium asks first, because of the media type.
CALL = """async (url) => {
    const body = JSON.stringify({title: "From another site", body: "A text"});
    const headers = {"Content-Type": "application/json"};
    const response = await fetch(url, {method: "POST", headers, body});
    return [response.status, response.headers.get("Location"), (await response.json()).title];
}"""


class Blank(BaseHTTPRequestHandler):
    """A page of another site."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def site() -> Iterator[str]:
    """Serve blank pages, and yield the origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_only_a_listed_site_may_call_the_api(project: Installed, browser: Browser) -> None:
    with site() as listed, site() as other:
        project.flask("db", "upgrade")
        env = project.env_to_serve(project.serve) | {"CORS_ORIGINS": listed}
        with running(project.serve, project.folder, env) as server:
            posts = f"{server.url}/api/v1/posts"
            page = browser.new_page()
            page.goto(listed)
            status, location, title = page.evaluate(CALL, posts)
            assert (status, title) == (201, "From another site")
            assert location.startswith("/api/v1/posts/")
            page.goto(other)
            with pytest.raises(Error, match="Failed to fetch"):
                page.evaluate(CALL, posts)
            page.close()
