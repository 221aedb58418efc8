from collections.abc import Callable

import pytest
from flask import Flask, request

FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def seen_by(app: Flask) -> tuple[str | None, str]:
    """The client's address and the scheme, as a view sees them behind those headers."""
    seen: list[tuple[str | None, str]] = []
    app.before_request(lambda: seen.append((request.remote_addr, request.scheme)))
    app.test_client().get("/health", headers=FORGED)
    return seen[0]


def test_without_a_trusted_proxy_its_headers_mean_nothing(make_app: Callable[..., Flask]) -> None:
    assert seen_by(make_app(TRUSTED_PROXIES=0)) == ("127.0.0.1", "http")


def test_a_trusted_proxy_tells_who_the_client_is(make_app: Callable[..., Flask]) -> None:
    assert seen_by(make_app(TRUSTED_PROXIES=1)) == ("203.0.113.9", "https")


def test_proxies_beyond_trusted_proxies_are_ignored(make_app: Callable[..., Flask]) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    app = make_app(TRUSTED_PROXIES=1)
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/health", headers=headers)
    assert seen == ["203.0.113.9"]


@pytest.mark.parametrize(
    ("sent", "scheme"),
    [
        (None, "http"),
        ("https", "https"),  # the inner proxy has passed it on, or overwritten it
        ("https, http", "https"),
        ("http, https", "http"),
        ("https, http, http", "http"),  # the client wrote the first one
    ],
)
def test_proxies_may_append_the_scheme_or_overwrite_it(
    make_app: Callable[..., Flask], sent: str | None, scheme: str
) -> None:
    app = make_app(TRUSTED_PROXIES=2)
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.scheme))
    app.test_client().get("/health", headers={"X-Forwarded-Proto": sent} if sent else {})
    assert seen == [scheme]


def test_the_host_is_never_taken_from_a_proxys_header(make_app: Callable[..., Flask]) -> None:
    app = make_app(TRUSTED_PROXIES=1)
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.host))
    app.test_client().get("/health", headers={"X-Forwarded-Host": "evil.example"})
    assert seen == ["localhost"]
