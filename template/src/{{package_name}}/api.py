"""What the JSON views share: reading a request, writing an answer, and the entry page of the API.

A view is then three lines: read, call a service, reply.
"""

from importlib.metadata import metadata
from typing import Any, TypeVar

from flask import Blueprint, Flask, abort, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from .errors import InvalidInput

PREFIX = "/api/v1"

# The largest number that a 64-bit column can hold.
LARGEST_ID = 2**63 - 1

T = TypeVar("T")
SchemaType = TypeVar("SchemaType", bound="Schema")

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


class Schema(BaseModel):
    """The base of all schemas. A field that a schema does not name is refused, not dropped."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class IdConverter(BaseConverter):
    """`<id:post_id>` in a route: a positive whole number that fits a 64-bit column, or 404."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > LARGEST_ID:
            abort(404)  # werkzeug's own ValidationError would become a 405
        return number


def init_app(app: Flask) -> None:
    app.url_map.converters["id"] = IdConverter
    app.register_blueprint(blueprint)


def add_root(app: Flask) -> None:
    """Redirect `/` to the entry page of the API, unless a feature has a page there."""
    if not any(rule.rule == "/" for rule in app.url_map.iter_rules()):
        app.add_url_rule("/", "root", lambda: redirect(url_for("api.index")))


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The name and version of this application, and where each of its resources begins."""
    about = metadata(str(__package__))
    links = {
        rule.endpoint.partition(".")[0]: rule.rule
        for rule in current_app.url_map.iter_rules()
        if rule.endpoint.endswith(".index") and not rule.arguments
    }
    return jsonify(name=about["Name"], version=about["Version"], links=links)


def read_body(schema: type[SchemaType]) -> SchemaType:
    """The JSON body of this request, checked against a schema.

    Answers 415 when it is not declared as JSON, 413 when it is too large, 400 when it is not JSON,
    and 422 with the errors by field when it does not fit.
    """
    if not request.is_json:
        abort(415, "Send the body as JSON, with Content-Type: application/json.")
    body = request.get_data(cache=False)
    request.stream.read(1)  # a chunked body ends at MAX_CONTENT_LENGTH; to read on answers 413
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "json_invalid":
            abort(400, f"The body is not valid JSON. {first['msg']}.")
        raise _invalid_input(error) from None


def read_query(schema: type[SchemaType]) -> SchemaType:
    """The query string of this request, checked against a schema; answers 422 when it differs."""
    try:
        return schema.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise _invalid_input(error) from None


def found(value: T | None) -> T:
    """The value; or the answer 404 when there is none."""
    if value is None:
        abort(404)
    return value


def reply(schema: type[Schema], value: Any, status: int = 200, **headers: str) -> Response:
    """Answer with a value, written as JSON by the schema that describes it."""
    body = schema.model_validate(value).model_dump_json()
    return Response(body, status, headers, mimetype="application/json")


def _invalid_input(error: ValidationError) -> InvalidInput:
    errors: dict[str, list[str]] = {}
    # Not all of them: the answer to a hostile body must not be larger than the body.
    for detail in error.errors(include_input=False, include_url=False)[:100]:
        field = ".".join(str(part) for part in detail["loc"]) or "body"
        errors.setdefault(field, []).append(detail["msg"].removeprefix("Value error, "))
    return InvalidInput(errors)
