"""The JSON interface of posts, as its clients know it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

POSTS = "/api/v1/posts"
MAX_ID = 2**63 - 1


def write(client: FlaskClient, title: str = "A title", body: str = "A body") -> Any:
    """Write a post and return it as JSON."""
    response = client.post(POSTS, json={"title": title, "body": body})
    assert response.status_code == 201
    return response.json


def assert_problem(response: TestResponse, status: int) -> Any:
    """The problem document of a response with this status."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["status"] == status
    return response.json


def test_a_post_can_be_written_and_read(client: FlaskClient) -> None:
    response = client.post(POSTS, json={"title": "Grüße 👋", "body": "<b>Two</b>\nlines"})
    assert response.status_code == 201
    assert response.json is not None
    post = response.json
    assert set(post) == {"id", "title", "body", "created_at", "updated_at"}
    assert (post["title"], post["body"]) == ("Grüße 👋", "<b>Two</b>\nlines")
    assert post["created_at"] == post["updated_at"]
    assert post["created_at"].endswith("Z")
    assert response.headers["Location"] == f"{POSTS}/{post['id']}"
    assert client.get(response.headers["Location"]).json == post


def test_put_replaces_and_patch_changes(client: FlaskClient) -> None:
    post = write(client)
    address = f"{POSTS}/{post['id']}"
    replaced = client.put(address, json={"title": "New", "body": "Newer"}).json
    assert replaced is not None
    assert (replaced["title"], replaced["body"]) == ("New", "Newer")
    assert replaced["created_at"] == post["created_at"]
    assert replaced["updated_at"] > post["updated_at"]
    changed = client.patch(address, json={"body": "Newest"}).json
    assert changed is not None
    assert (changed["title"], changed["body"]) == ("New", "Newest")
    assert client.get(address).json == changed
    assert_problem(client.put(address, json={"title": "Half"}), 422)


def test_a_deleted_post_is_gone(client: FlaskClient) -> None:
    address = f"{POSTS}/{write(client)['id']}"
    response = client.delete(address)
    assert (response.status_code, response.data) == (204, b"")
    assert_problem(client.get(address), 404)
    assert_problem(client.delete(address), 404)
    assert_problem(client.patch(address, json={"title": "Late"}), 404)


@pytest.mark.parametrize("post_id", [0, MAX_ID, MAX_ID + 1, "9" * 5000, "abc", -1])
def test_an_id_that_no_post_has_is_not_found(client: FlaskClient, post_id: object) -> None:
    assert_problem(client.get(f"{POSTS}/{post_id}"), 404)


def test_a_list_comes_in_pages_the_newest_first(client: FlaskClient) -> None:
    ids = [write(client, title=f"Post {number}")["id"] for number in range(5)]
    page = client.get(POSTS, query_string={"page": 2, "per_page": 2}).json
    assert page is not None
    assert [post["id"] for post in page["items"]] == [ids[2], ids[1]]
    assert (page["page"], page["per_page"], page["total"], page["pages"]) == (2, 2, 5, 3)
    page = client.get(POSTS, query_string={"min_id": ids[1], "max_id": ids[2]}).json
    assert page is not None
    assert [post["id"] for post in page["items"]] == [ids[2], ids[1]]
    assert (page["page"], page["per_page"], page["total"], page["pages"]) == (1, 20, 2, 1)


def test_an_empty_list_has_no_pages(client: FlaskClient) -> None:
    page = client.get(POSTS).json
    assert page == {"items": [], "page": 1, "per_page": 20, "total": 0, "pages": 0}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("page", "0"),
        ("page", "abc"),
        ("page", "9" * 30),
        ("per_page", "0"),
        ("per_page", "101"),
        ("per_page", "-1"),
        ("min_id", "-1"),
        ("max_id", str(MAX_ID + 1)),
        ("pagee", "1"),
    ],
)
def test_a_wrong_query_is_named(client: FlaskClient, field: str, value: str) -> None:
    problem = assert_problem(client.get(POSTS, query_string={field: value}), 422)
    assert set(problem["errors"]) == {field}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"title": 1}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"body": " \n"}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"id": 7}, "id"),
    ],
)
def test_a_wrong_value_is_named(client: FlaskClient, change: dict[str, object], field: str) -> None:
    body = {"title": "A title", "body": "A body"} | change
    problem = assert_problem(client.post(POSTS, json=body), 422)
    assert set(problem["errors"]) == {field}
    assert_problem(client.patch(f"{POSTS}/{write(client)['id']}", json=change), 422)


def test_the_longest_values_are_kept_whole(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", None)
    post = write(client, title="😀" * 200, body="😀" * 20_000)
    assert client.get(f"{POSTS}/{post['id']}").json == post


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 10_000, 400),
        (b'{"title": "\\ud800", "body": "b"}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b"NaN", 422),
    ],
)
def test_a_hostile_body_is_refused(client: FlaskClient, data: bytes, status: int) -> None:
    assert_problem(client.post(POSTS, data=data, content_type="application/json"), status)


def test_another_media_type_is_refused(client: FlaskClient) -> None:
    assert_problem(client.post(POSTS, data={"title": "A title", "body": "A body"}), 415)


def test_a_body_that_is_too_large_is_refused(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1024)
    data = b'"' + b"x" * 1024 + b'"'
    assert_problem(client.post(POSTS, data=data, content_type="application/json"), 413)
