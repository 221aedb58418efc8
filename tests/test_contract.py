"""The HTTP contract of posts, the same for every data layer, database, framework, validator and server.

The tests run against the server of each project in the covering set that has posts in JSON.
"""

import http.client
import json
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import answer, rows
from tests.support.projects import Answers
from tests.support.servers import Server

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project",
        [
            row
            for row in rows()
            if answer(row, "data_layer") != "none" and answer(row, "interface") != "pages"
        ],
        ids=lambda row: row.id,
        indirect=True,
    ),
]

MAX_ID = 2**63 - 1


class Posts:
    """A client for the posts of the server of a project with these answers."""

    def __init__(self, url: str, answers: Answers) -> None:
        self.root = url
        self.answers = answers
        self.url = f"{url}/api/v1/posts"

    def send(self, method: str, path: object = "", **options: Any) -> requests.Response:
        return requests.request(method, f"{self.url}{path}", timeout=30, **options)

    def send_json(self, method: str, path: object, data: bytes) -> requests.Response:
        return self.send(method, path, data=data, headers={"Content-Type": "application/json"})

    def create(self, title: str = "A title", body: str = "A body") -> Any:
        response = self.send("POST", json={"title": title, "body": body})
        assert response.status_code == 201, response.text
        return response.json()


@pytest.fixture
def posts(server: Server, project: Installed) -> Posts:
    return Posts(server.url, project.answers)


def assert_problem(response: requests.Response, *statuses: int) -> Any:
    """Check that a response is an RFC 9457 problem with one of these statuses, and return it."""
    assert response.status_code in statuses, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert all(problem[member] for member in ("type", "title", "detail"))
    assert response.headers["X-Request-ID"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return problem


def test_round_trip(posts: Posts) -> None:
    response = posts.send("POST", json={"title": "Grüße 👋", "body": "<b>Two</b>\nlines"})
    assert response.status_code == 201
    post = response.json()
    assert set(post) == {"id", "title", "body", "created_at", "updated_at"}
    address = urljoin(posts.url, response.headers["Location"])
    assert requests.get(address, timeout=30).json() == post
    path = f"/{post['id']}"
    replaced = posts.send("PUT", path, json={"title": "New", "body": "Newer"})
    assert (replaced.status_code, replaced.json()["title"]) == (200, "New")
    changed = posts.send("PATCH", path, json={"body": "Newest"}).json()
    assert (changed["title"], changed["body"]) == ("New", "Newest")
    assert changed["created_at"] == post["created_at"]
    assert changed["updated_at"] > post["updated_at"]
    response = posts.send("DELETE", path)
    assert (response.status_code, response.content) == (204, b"")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert_problem(posts.send(method, path, json={"title": "T", "body": "B"}), 404)


def test_a_response_is_compact_json_in_utf_8(posts: Posts) -> None:
    post = posts.create(title='Grüße "👋" \\ \x1f \x7f </script>')
    page = posts.send("GET", params={"min_id": post["id"], "max_id": post["id"]})
    assert list(page.json()) == ["page", "per_page", "total", "pages", "items"]
    assert list(post) == ["id", "title", "body", "created_at", "updated_at"]
    compact = json.dumps(page.json(), ensure_ascii=False, separators=(",", ":"))
    assert page.content.decode() == compact
    assert page.headers["Content-Type"] == "application/json"
    for name in ("created_at", "updated_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", post[name])


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
        *(
            "page=1e3",
            "page=_1",
            "page=1__0",
            "page=0x1",
            "page=true",
            "page=%EF%BC%91",
            "page=%1c1",
        ),
        *("per_page=0", "per_page=-1", "per_page=101", "min_id=-1", f"max_id={MAX_ID + 1}"),
    ],
)
def test_a_query_parameter_out_of_range_is_refused(posts: Posts, query: str) -> None:
    problem = assert_problem(posts.send("GET", f"?{query}"), 422)
    assert list(problem["errors"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("query", "page"),
    [("%2B2", 2), ("2.0", 2), ("%202%0A", 2), ("%C2%A02", 2), ("007", 7), ("1_0", 10)],
)
def test_an_integer_may_be_written_in_other_ways(posts: Posts, query: str, page: int) -> None:
    assert posts.send("GET", f"?page={query}").json()["page"] == page


@pytest.mark.parametrize("query", ["page=1%00", "page=%ff", "page=1&page=2", "%00=1"])
def test_a_hostile_query_is_not_a_server_error(posts: Posts, query: str) -> None:
    assert posts.send("GET", f"?{query}").status_code < 500


@pytest.mark.parametrize(
    "post_id", [0, MAX_ID, MAX_ID + 1, 2**31, 2**64, "9" * 1000, "abc", "-1", "1.5"]
)
def test_an_unknown_id_is_not_found(posts: Posts, post_id: object) -> None:
    assert_problem(posts.send("GET", f"/{post_id}"), 404)
    assert_problem(posts.send("DELETE", f"/{post_id}"), 404)


def test_an_invalid_path_is_not_found(posts: Posts) -> None:
    """A proxy in front may refuse the request with 400 instead."""
    assert_problem(posts.send("GET", "/%00"), 404, 400)


def test_an_unsupported_method_is_not_allowed(posts: Posts) -> None:
    response = posts.send("DELETE")
    assert_problem(response, 405)
    assert {"GET", "POST"} <= set(response.headers["Allow"].replace(" ", "").split(","))


def test_an_unsupported_media_type_is_refused(posts: Posts) -> None:
    assert_problem(posts.send("POST", data={"title": "T", "body": "B"}), 415)
    assert_problem(posts.send("POST", data=b"{}"), 415)


MALFORMED = [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b'{"title": "\\ud800"}']
MALFORMED += [b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000]
MALFORMED += ["{}".encode(encoding) for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32")]
MALFORMED += [b'{"title": "t", "body": "b",}', b'{"title": "t", "\\udc00": 1}', b"9" * 5000]
MALFORMED += [b'{"title": "\xed\xa0\x80", "body": "b"}', b"{} {}", b'{"title": "\n", "body": "b"}']
VALUES = [b"[]", b"null", b"1", b'"text"', b"{}", b'{"title": "\\u0000", "body": "b"}']
VALUES += [b'{"title": 1, "body": "b"}', b'{"title": "", "body": "b"}', b"NaN"]
VALUES += [b'{"title": "t", "body": null}', b'{"title": "t", "body": "b", "id": 1}']


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:20]))
def test_malformed_json_is_refused(posts: Posts, body: bytes) -> None:
    assert_problem(posts.send_json("POST", "", body), 400)


@pytest.mark.parametrize("body", VALUES, ids=repr)
def test_invalid_values_are_refused(posts: Posts, body: bytes) -> None:
    assert assert_problem(posts.send_json("POST", "", body), 422)["errors"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["body", "title"]),
        ({"title": True, "body": 1.5}, ["body", "title"]),
        ({"title": ["t"], "body": {"b": "b"}}, ["body", "title"]),
        ({"title": " \n", "body": None}, ["body", "title"]),
        ({"title": "t", "body": "b", "id": 1, "a.b": 1, "": 1}, ["a.b", "body", "id"]),
        ([{"title": "t", "body": "b"}], ["body"]),
    ],
    ids=repr,
)
def test_errors_are_listed_by_field(posts: Posts, body: object, fields: list[str]) -> None:
    errors = assert_problem(posts.send("POST", json=body), 422)["errors"]
    assert sorted(errors) == fields
    assert all(isinstance(text, str) and text for texts in errors.values() for text in texts)


@pytest.mark.parametrize("body", [{"title": None}, {"body": None}, {"title": 1}, {"id": 1}])
def test_a_patch_refuses_null_and_other_types(posts: Posts, body: dict[str, object]) -> None:
    path = f"/{posts.create()['id']}"
    assert set(assert_problem(posts.send("PATCH", path, json=body), 422)["errors"]) == set(body)
    assert posts.send("PATCH", path, json={}).status_code == 200


def test_a_response_has_100_errors_at_most(posts: Posts) -> None:
    body = {f"field_{number}": 1 for number in range(1000)}
    assert len(assert_problem(posts.send("POST", json=body), 422)["errors"]) == 100


def test_the_maximum_lengths_of_title_and_body(posts: Posts) -> None:
    longest = {"title": "😀" * 200, "body": "😀" * 20_000}
    response = posts.send("POST", json=longest)
    assert response.status_code == 201
    assert posts.send("GET", f"/{response.json()['id']}").json()["body"] == longest["body"]
    for field in longest:
        longer = {"title": "t", "body": "b", field: longest[field] + "x"}
        assert field in assert_problem(posts.send("POST", json=longer), 422)["errors"]


@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
def test_a_body_of_20_megabytes_is_refused(posts: Posts, chunked: bool) -> None:
    """The server may also close the connection early. It continues to respond."""
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


def test_the_root_is_a_page_or_redirects_to_the_api(posts: Posts) -> None:
    page = "/api/v1/docs" if posts.answers["api_framework"] == "apiflask" else "/api/v1/"
    for method in ("GET", "HEAD"):
        response = requests.request(method, f"{posts.root}/", timeout=30, allow_redirects=False)
        if posts.answers["interface"] == "api":
            assert response.is_redirect
            assert urljoin(posts.root, response.headers["Location"]) == f"{posts.root}{page}"
        else:
            assert response.headers["Content-Type"].startswith("text/html")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Request-ID"]
    assert requests.get(f"{posts.root}/", timeout=30).status_code == 200
    links = requests.get(f"{posts.root}/api/v1/", timeout=30).json()["links"]
    assert links["posts"] == "/api/v1/posts"
    response = requests.post(f"{posts.root}/", json={}, timeout=30)
    assert response.status_code == 405
    assert response.headers["Allow"]
    if posts.answers["interface"] == "api":
        assert_problem(response, 405)


def test_a_request_id_is_returned(posts: Posts) -> None:
    sane = posts.send("GET", headers={"X-Request-ID": "from-a.proxy_1"})
    assert sane.headers["X-Request-ID"] == "from-a.proxy_1"
    other = posts.send("GET", headers={"X-Request-ID": "not sane!"})
    assert other.headers["X-Request-ID"] not in {"", "not sane!"}
