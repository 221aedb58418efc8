from flask.testing import FlaskClient


def test_the_start_page_leads_to_the_features(client: FlaskClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert 'class="button"' in response.text
