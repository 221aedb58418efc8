"""What is compressed, and what is not."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

TEXT = "A line of text.\n" * 200
FILE = "/static/file.txt"


@pytest.fixture
def client(make_app: Callable[..., Flask], tmp_path: Path) -> FlaskClient:
    app = make_app()
    (tmp_path / "file.txt").write_text(TEXT, encoding="utf-8")
    app.static_folder = str(tmp_path)
    app.add_url_rule("/text", "text", lambda: Response(TEXT, mimetype="text/plain"))
    app.add_url_rule("/short", "short", lambda: Response(TEXT[:900], mimetype="text/plain"))
    app.add_url_rule("/picture", "picture", lambda: Response(TEXT, mimetype="image/png"))
    return app.test_client()


def encoding(client: FlaskClient, path: str, accepted: str, **headers: str) -> str | None:
    """Return how a response is encoded, for a client that accepts these encodings."""
    with client.get(path, headers={"Accept-Encoding": accepted, **headers}) as response:
        assert response.status_code in {200, 206}
        assert "Accept-Encoding" in response.vary
        return response.headers.get("Content-Encoding")


@pytest.mark.parametrize("path", ["/text", FILE])
@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("gzip;q=0", None),
        ("deflate, gzip;q=0", None),
        ("deflate", None),
        ("identity", None),
        ("", None),
    ],
)
def test_the_client_chooses(
    client: FlaskClient, path: str, accepted: str, chosen: str | None
) -> None:
    assert encoding(client, path, accepted) == chosen


@pytest.mark.parametrize("path", ["/text", FILE])
def test_nothing_is_lost(client: FlaskClient, path: str) -> None:
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as response:
        assert len(response.data) < len(TEXT) / 10
        assert gzip.decompress(response.data).decode() == TEXT


@pytest.mark.parametrize("path", ["/short", "/picture"])
def test_what_would_not_become_smaller_is_left_alone(client: FlaskClient, path: str) -> None:
    assert encoding(client, path, "gzip") is None


def test_a_part_of_a_file_is_left_alone(client: FlaskClient) -> None:
    assert encoding(client, FILE, "gzip", Range="bytes=0-1999") is None


def test_a_file_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    with client.get(FILE, headers=headers) as response:
        headers["If-None-Match"] = response.headers["ETag"]
    with client.get(FILE, headers=headers) as response:
        assert response.status_code == 304
