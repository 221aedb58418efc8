import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.wrappers import Response


def test_an_unknown_address_is_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing-here")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"] == "about:blank"
    assert answer.json["title"] == "Not Found"
    assert answer.json["status"] == 404
    assert answer.json["detail"]


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert "GET" in answer.headers["Allow"]


def test_an_unexpected_exception_is_a_500_that_tells_nothing(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret of the house")

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.view_functions, "health.live", fail)
        patch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        answer = app.test_client().get("/health")
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]
    [entry] = caplog.records
    assert entry.exc_info


def test_an_answer_that_a_view_aborts_with_is_left_alone(app: Flask) -> None:
    def teapot() -> None:
        abort(Response("short and stout", 418))

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.view_functions, "health.live", teapot)
        answer = app.test_client().get("/health")
    assert (answer.status_code, answer.text) == (418, "short and stout")
