"""The contract of posts over HTTP: one file for every data layer, database and server.

Each project of the covering set that has posts is booted with its own server and asked.
"""

import http.client
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests.support.matrix import rows
from tests.support.projects import stored_answers
from tests.support.servers import Server

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project",
        [row for row in rows() if stored_answers(row.answers)["data_layer"] != "none"],
        ids=lambda row: row.id,
        indirect=True,
    ),
]

LARGEST_ID = 2**63 - 1


class Posts:
    """A client of one server's posts."""

    def __init__(self, url: str) -> None:
        self.root = url
        self.url = f"{url}/api/v1/posts"

    def send(self, method: str, path: object = "", **options: Any) -> requests.Response:
        return requests.request(method, f"{self.url}{path}", timeout=30, **options)

    def send_json(self, method: str, path: object, data: bytes) -> requests.Response:
        return self.send(method, path, data=data, headers={"Content-Type": "application/json"})

    def create(self, title: str = "A title", body: str = "A body") -> Any:
        answer = self.send("POST", json={"title": title, "body": body})
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def posts(server: Server) -> Posts:
    return Posts(server.url)


def assert_problem(answer: requests.Response, *statuses: int) -> Any:
    """The problem document (RFC 9457) of an answer with one of these statuses."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert all(problem[member] for member in ("type", "title", "detail"))
    assert answer.headers["X-Request-ID"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return problem


def test_round_trip(posts: Posts) -> None:
    answer = posts.send("POST", json={"title": "Grüße 👋", "body": "<b>Two</b>\nlines"})
    assert answer.status_code == 201
    post = answer.json()
    assert set(post) == {"id", "title", "body", "created_at", "updated_at"}
    address = urljoin(posts.url, answer.headers["Location"])
    assert requests.get(address, timeout=30).json() == post
    path = f"/{post['id']}"
    replaced = posts.send("PUT", path, json={"title": "New", "body": "Newer"})
    assert (replaced.status_code, replaced.json()["title"]) == (200, "New")
    changed = posts.send("PATCH", path, json={"body": "Newest"}).json()
    assert (changed["title"], changed["body"]) == ("New", "Newest")
    assert changed["created_at"] == post["created_at"]
    assert changed["updated_at"] > post["updated_at"]
    answer = posts.send("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert_problem(posts.send(method, path, json={"title": "T", "body": "B"}), 404)


def test_pages(posts: Posts) -> None:
    ids = [posts.create(title=f"Post {number}")["id"] for number in range(3)]
    span = {"min_id": ids[0], "max_id": ids[-1], "per_page": 2}
    page = posts.send("GET", params=span).json()
    assert [post["id"] for post in page["items"]] == [ids[2], ids[1]]
    assert (page["page"], page["per_page"], page["total"], page["pages"]) == (1, 2, 3, 2)
    page = posts.send("GET", params={**span, "page": 2}).json()
    assert [post["id"] for post in page["items"]] == [ids[0]]
    assert posts.send("GET", params={**span, "page": 10**9}).json()["items"] == []
    assert posts.send("GET").json()["per_page"] == 20


@pytest.mark.parametrize(
    "query",
    [
        *("page=abc", "page=0", "page=-1", "page=99999999999999999999", "page=", "page=1.5"),
        *("per_page=0", "per_page=-1", "per_page=101", "min_id=-1", f"max_id={LARGEST_ID + 1}"),
    ],
)
def test_a_query_out_of_bounds(posts: Posts, query: str) -> None:
    problem = assert_problem(posts.send("GET", f"?{query}"), 422)
    assert list(problem["errors"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("query", ["page=1%00", "page=%ff", "page=1&page=2", "%00=1"])
def test_a_hostile_query_is_no_fault_of_the_server(posts: Posts, query: str) -> None:
    assert posts.send("GET", f"?{query}").status_code < 500


@pytest.mark.parametrize(
    "post_id", [0, LARGEST_ID, LARGEST_ID + 1, 2**31, 2**64, "9" * 1000, "abc", "-1", "1.5"]
)
def test_an_id_that_no_post_has(posts: Posts, post_id: object) -> None:
    assert_problem(posts.send("GET", f"/{post_id}"), 404)
    assert_problem(posts.send("DELETE", f"/{post_id}"), 404)


def test_a_path_that_is_none(posts: Posts) -> None:
    """Not found; or refused by a proxy in front."""
    assert_problem(posts.send("GET", "/%00"), 404, 400)


def test_a_method_that_is_not_allowed(posts: Posts) -> None:
    answer = posts.send("DELETE")
    assert_problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


def test_another_media_type(posts: Posts) -> None:
    assert_problem(posts.send("POST", data={"title": "T", "body": "B"}), 415)
    assert_problem(posts.send("POST", data=b"{}"), 415)


MALFORMED = [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b'{"title": "\\ud800"}']
VALUES = [b"[]", b"null", b"1", b'"text"', b"{}", b'{"title": "\\u0000", "body": "b"}']
VALUES += [b'{"title": 1, "body": "b"}', b'{"title": "", "body": "b"}', b"NaN"]
VALUES += [b'{"title": "t", "body": null}', b'{"title": "t", "body": "b", "id": 1}']


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:20]))
def test_malformed_json(posts: Posts, body: bytes) -> None:
    assert_problem(posts.send_json("POST", "", body), 400)


@pytest.mark.parametrize("body", VALUES, ids=repr)
def test_values_that_do_not_fit(posts: Posts, body: bytes) -> None:
    assert assert_problem(posts.send_json("POST", "", body), 422)["errors"]


def test_the_bounds_of_title_and_body(posts: Posts) -> None:
    longest = {"title": "😀" * 200, "body": "😀" * 20_000}
    answer = posts.send("POST", json=longest)
    assert answer.status_code == 201
    assert posts.send("GET", f"/{answer.json()['id']}").json()["body"] == longest["body"]
    for field in longest:
        longer = {"title": "t", "body": "b", field: longest[field] + "x"}
        assert field in assert_problem(posts.send("POST", json=longer), 422)["errors"]


@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
def test_a_body_of_20_megabytes(posts: Posts, chunked: bool) -> None:
    """Refused, or cut off while it is being sent; and the server goes on answering."""
    body = b'{"title": "' + b"x" * 20_000_000 + b'"}'
    parts = urlsplit(posts.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    chunks = (body[i : i + 65536] for i in range(0, len(body), 65536))
    try:
        connection.request(
            "POST",
            parts.path,
            body=chunks if chunked else body,
            headers={"Content-Type": "application/json"},
            encode_chunked=chunked,
        )
        status = connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        status = None
    finally:
        connection.close()
    assert status in {413, None}
    assert posts.send("GET").status_code == 200


def test_the_root_leads_to_the_api(posts: Posts) -> None:
    for method in ("GET", "HEAD"):
        response = requests.request(method, f"{posts.root}/", timeout=30, allow_redirects=False)
        assert response.is_redirect
        assert urljoin(posts.root, response.headers["Location"]) == f"{posts.root}/api/v1/"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Request-ID"]
    assert requests.get(f"{posts.root}/", timeout=30).json()["links"]["posts"] == "/api/v1/posts"
    assert_problem(requests.post(f"{posts.root}/", json={}, timeout=30), 405)


def test_a_request_id_is_returned(posts: Posts) -> None:
    sane = posts.send("GET", headers={"X-Request-ID": "from-a.proxy_1"})
    assert sane.headers["X-Request-ID"] == "from-a.proxy_1"
    other = posts.send("GET", headers={"X-Request-ID": "not sane!"})
    assert other.headers["X-Request-ID"] not in {"", "not sane!"}
