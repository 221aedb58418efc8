"""Every error of the API becomes a problem document (RFC 9457), whatever raised it.

In debug mode an unexpected exception goes on to Flask's debugger instead.
"""

from collections.abc import Mapping

from flask import Flask, json
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, UnprocessableEntity
from werkzeug.wrappers import Response

PROBLEM_TYPE = "application/problem+json"


class InvalidInput(UnprocessableEntity):
    """422, with the errors: a list of sentences for each field, by its name."""

    description = "Some fields have values that cannot be accepted."

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__()
        self.errors = dict(errors)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, problem_response)


def problem_response(error: HTTPException) -> ResponseReturnValue:
    """Return the error as a problem document; return a redirect unchanged."""
    if error.response is not None or error.code is None or error.code < 400:
        return error
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
    }
    if isinstance(error, InvalidInput):
        problem["errors"] = error.errors
    response = Response(json.dumps(problem), error.code, error.get_headers())
    response.content_type = PROBLEM_TYPE
    return response
