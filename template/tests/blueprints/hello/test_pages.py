from flask.testing import FlaskClient

HELLO = "/hello/"


def test_it_greets_by_name(client: FlaskClient) -> None:
    assert "Hello, world!" in client.get(HELLO).text
    page = client.get(HELLO, query_string={"name": "<Ada>"}).text
    assert "Hello, &lt;Ada&gt;!" in page


def test_a_long_name_is_refused_and_kept(client: FlaskClient) -> None:
    response = client.get(HELLO, query_string={"name": "x" * 81})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text
    assert "x" * 81 in response.text
