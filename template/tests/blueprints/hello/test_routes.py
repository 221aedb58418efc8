import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("query", "message"), [({}, "Hello, world!"), ({"name": "Ada"}, "Hello, Ada!")]
)
def test_greets(client: FlaskClient, query: dict[str, str], message: str) -> None:
    response = client.get("/api/v1/hello", query_string=query)
    assert response.status_code == 200
    assert response.json == {"message": message}


@pytest.mark.parametrize("query", [{"name": ""}, {"name": "x" * 81}, {"nmae": "Ada"}])
def test_refuses_what_it_cannot_use(client: FlaskClient, query: dict[str, str]) -> None:
    response = client.get("/api/v1/hello", query_string=query)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert set(response.json["errors"]) == set(query)
