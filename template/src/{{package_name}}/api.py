"""What the JSON views share: reading a request, and writing a response.

A view is then three lines: read, call a service, reply.
"""

from typing import Any, TypeVar

from flask import abort, request
from werkzeug.wrappers import Response

from .schemas import Schema, dump_json, load_json, load_query

PREFIX = "/api/v1"

T = TypeVar("T")


def read_body(schema: type[Schema]) -> dict[str, Any]:
    """The values in the JSON body of this request, by field, checked against a schema.

    Responds with 415 when it is not declared as JSON, 413 when it is too large, 400 when it is not
    JSON, and 422 with the errors by field when the schema refuses it.
    """
    if not request.is_json:
        abort(415, "Send the body as JSON, with Content-Type: application/json.")
    body = request.get_data(cache=False)
    request.stream.read(1)  # a chunked body ends at MAX_CONTENT_LENGTH; to read on raises 413
    return load_json(schema, body)


def read_query(schema: type[Schema]) -> dict[str, Any]:
    """The values in the query string of this request, by field; 422 when the schema refuses it."""
    return load_query(schema, request.args.to_dict())


def or_404(value: T | None) -> T:
    """Return the value; respond with 404 when it is None."""
    if value is None:
        abort(404)
    return value


def reply(schema: type[Schema], value: Any, status: int = 200, **headers: str) -> Response:
    """Return a response with a value, written as JSON by the schema that describes it."""
    return Response(dump_json(schema, value), status, headers, mimetype="application/json")
