"""What a browser does with a form: reads the page, fills in the fields, and sends all of them."""

from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Page(HTMLParser):
    """The start tags of a page, and the values of the hidden fields of its form."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(response.text)
        self.hidden = {
            str(attributes["name"]): attributes["value"]
            for tag, attributes in self.tags
            if tag == "input" and attributes.get("type") == "hidden"
        }

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def submit(client: FlaskClient, url: str, **values: str) -> TestResponse:
    """Open a page and send its form with these values; return the response, not followed."""
    page = Page(client.get(url))
    return client.post(url, data={**page.hidden, **values})
