"""What APIFlask's document of the API lacks: identifiers, and the errors as problem documents."""

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask

from ..errors import PROBLEM_TYPE
from ..ids import MAX_ID

Json = dict[str, Any]

ID = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
LOCATION = {"description": "The address of what was created.", "schema": {"type": "string"}}
ERRORS = {
    400: "The request is malformed, or for another host.",
    404: "There is nothing with this identifier.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A value is not valid. The reasons are in `errors`, by field.",
}
PROBLEM = {
    "description": "An error (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
REFERENCE = "#/components/schemas/"


def complete(app: Flask, document: Json) -> Json:
    """Return the document with all that APIFlask does not know."""
    ids = _ids(app)
    for path, operations in document["paths"].items():
        _shorten_names(list(operations.values()))
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if (path, parameter["name"]) in ids:
                    parameter["schema"] = ID
            _add_responses(operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    _leave_out_null(schemas)
    schemas.pop("HTTPError", None)  # APIFlask's own shape of errors, which no response has
    return _share_schemas(document)


def _ids(app: Flask) -> set[tuple[str, str]]:
    """The parameters `<id:name>`, each with its path."""
    return {
        (re.sub("<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), name)
        for rule in app.url_map.iter_rules()
        for name in re.findall(r"<id:(\w+)>", rule.rule)
    }


def _shorten_names(operations: list[Json]) -> None:
    """Call the operations of a path `notes_create`, not `post_notes_create`, if that is unique."""
    names = [operation["operationId"].partition("_")[2] for operation in operations]
    if len(set(names)) == len(names):
        for operation, name in zip(operations, names, strict=True):
            operation["operationId"] = name


def _add_responses(operation: Json) -> None:
    responses = operation["responses"]
    for status in _errors(operation):
        responses.setdefault(str(status), {"description": ERRORS[status]})
    for status, response in responses.items():
        if status.startswith(("4", "5")):
            problem = {"schema": {"$ref": f"{REFERENCE}Problem"}}
            response["content"] = {PROBLEM_TYPE: problem}
    if "201" in responses:
        responses["201"].setdefault("headers", {"Location": LOCATION})


def _errors(operation: Json) -> Iterator[int]:
    """Yield the status of each error that the functions of `api.py` respond with."""
    yield 400
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    if "path" in places:
        yield 404
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        yield from (413, 415)
    if "requestBody" in operation or "query" in places:
        yield 422


def _leave_out_null(schemas: dict[str, Json]) -> None:
    """Drop the default of a field that may be left out: null is refused."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if field.get("default", ...) is None and field.get("type") != "null":
                del field["default"]


def _share_schemas(document: Json) -> Json:
    """Replace each copy of a schema, `Page.Note` or `Note1`, by the schema itself."""
    schemas = document["components"]["schemas"]
    shared = {}
    for copy in list(schemas):
        name = copy.rpartition(".")[2] if "." in copy else copy.rstrip("0123456789")
        if name == copy or ("." not in copy and name not in schemas):
            continue
        if schemas.setdefault(name, schemas[copy]) == schemas[copy]:
            shared[f'"{REFERENCE}{copy}"'] = f'"{REFERENCE}{name}"'
            del schemas[copy]
    text = json.dumps(document)
    for copy, original in shared.items():
        text = text.replace(copy, original)
    result: Json = json.loads(text)
    return result
