import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("query", "message"), [({}, "Hello, world!"), ({"name": "Ada"}, "Hello, Ada!")]
)
def test_greets(client: FlaskClient, query: dict[str, str], message: str) -> None:
    answer = client.get("/api/v1/hello", query_string=query)
    assert answer.status_code == 200
    assert answer.json == {"message": message}


@pytest.mark.parametrize("query", [{"name": ""}, {"name": "x" * 81}, {"nmae": "Ada"}])
def test_refuses_what_it_cannot_use(client: FlaskClient, query: dict[str, str]) -> None:
    answer = client.get("/api/v1/hello", query_string=query)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert set(answer.json["errors"]) == set(query)
