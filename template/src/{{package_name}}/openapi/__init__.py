"""The description of the JSON API in OpenAPI 3.1, and the page that shows it."""

from functools import partial
from typing import Any

from apiflask import APIFlask, HTTPError
from apispec import APISpec, BasePlugin
from flask import Response, make_response
from werkzeug.exceptions import HTTPException

from ..api import PREFIX
from ..errors import InvalidInput, problem_response
from . import page
from .blueprint import Blueprint
from .document import complete

__all__ = ["DOCUMENT_PATH", "Blueprint", "init_app"]

DOCUMENT_PATH = f"{PREFIX}/openapi.json"

SETTINGS = {
    # APIFlask would write the Host header of the first request into the document of all clients.
    "AUTO_SERVERS": False,
    # A view is in the document if it says what it takes and returns.
    "AUTO_200_RESPONSE": False,
    "AUTO_OPERATION_ID": True,
    # `complete` adds the errors, as problem documents.
    "AUTO_404_RESPONSE": False,
    "AUTO_VALIDATION_ERROR_RESPONSE": False,
}


class NestedSchemas(BasePlugin):
    """Lets APIFlask list a schema that apispec has listed as a part of another one.

    apispec would warn of it. `complete` replaces the second one by the first.
    """

    def init_spec(self, spec: APISpec) -> None:
        plugin: Any
        for plugin in spec.plugins:
            plugin.warn_if_schema_already_in_spec = lambda _: None


def init_app(app: APIFlask) -> None:
    app.config.update(SETTINGS)
    app.spec_plugins.append(NestedSchemas())
    app.spec_callback = partial(complete, app)
    app.error_callback = to_problem
    app.register_blueprint(page.blueprint)


def to_problem(error: HTTPError) -> Response:
    """Return an error of APIFlask, which is not one of Werkzeug, as a problem document."""
    problem = HTTPException(error.message)
    problem.code = error.status_code
    if errors := invalid_fields(error):
        problem = InvalidInput(errors)
    response = make_response(problem_response(problem))
    response.headers.extend(error.headers)
    return response


def invalid_fields(error: HTTPError) -> dict[str, list[str]]:
    """The reasons by field, if APIFlask has refused values. It groups them by place: "form"."""
    if error.status_code != InvalidInput.code or not isinstance(error.detail, dict):
        return {}
    places = [fields for fields in error.detail.values() if isinstance(fields, dict)]
    return {field: reasons for fields in places for field, reasons in fields.items()}
