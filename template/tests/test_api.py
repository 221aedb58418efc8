from flask.testing import FlaskClient


def test_the_entry_page_names_every_resource(client: FlaskClient) -> None:
    answer = client.get("/api/v1/")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["version"] == client.get("/health").get_json()["version"]
    assert answer.json["links"]["api"] == "/api/v1/"
    for link in answer.json["links"].values():
        assert client.get(link).status_code not in {404, 405}
