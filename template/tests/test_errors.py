import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.wrappers import Response


def test_an_unknown_address_is_a_problem_document(client: FlaskClient) -> None:
    response = client.get("/health/nothing-here")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["type"] == "about:blank"
    assert response.json["title"] == "Not Found"
    assert response.json["status"] == 404
    assert response.json["detail"]


def test_a_405_lists_the_allowed_methods(client: FlaskClient) -> None:
    response = client.delete("/health")
    assert response.status_code == 405
    assert response.content_type == "application/problem+json"
    assert "GET" in response.headers["Allow"]


def test_an_unexpected_exception_is_a_500_without_details(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret of the house")

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.view_functions, "health.live", fail)
        patch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        response = app.test_client().get("/health")
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert "secret" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-ID"]
    [entry] = caplog.records
    assert entry.exc_info


def test_a_response_that_a_view_aborts_with_is_left_alone(app: Flask) -> None:
    def teapot() -> None:
        abort(Response("short and stout", 418))

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.view_functions, "health.live", teapot)
        response = app.test_client().get("/health")
    assert (response.status_code, response.text) == (418, "short and stout")
