"""What all schemas share. A schema says what a request may contain, or what a response contains."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import marshmallow
from marshmallow import RAISE, ValidationError, fields, missing
from werkzeug.exceptions import BadRequest

from .errors import InvalidInput

# In how many brackets a value may be. The limit of Python's own parser depends on its version.
MAX_DEPTH = 200

# An integer as text: with single underscores, zeros after the point, and blanks around it, but not
# the four control characters that only Python counts as blanks.
INTEGER = re.compile(r"[^\S\x1c-\x1f]*([+-]?[0-9]+(_[0-9]+)*)(\.0+)?[^\S\x1c-\x1f]*")

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Schema(marshmallow.Schema):
    """The base of all schemas. A field that a schema does not name is refused, not dropped."""

    class Meta(marshmallow.Schema.Meta):
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        # A field that was not sent is None, if it is not required and has no default. Null is still
        # refused: a `load_default=None` of its own would allow it.
        if not field_obj.required and field_obj.load_default is missing:
            field_obj.load_default = None


class Integer(fields.Integer):
    """An integer, also as text in a query string. `fields.Integer` would take 1.5 for 1."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and (found := INTEGER.fullmatch(value)):
            value = found[1]
        elif not isinstance(value, int | float) or value % 1:
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Timestamp(fields.DateTime):
    """A time in ISO 8601. UTC is written as `Z`."""

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | None:
        if value is None:
            return None
        text = value.isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def load_json(schema: type[Schema], body: bytes) -> dict[str, Any]:
    """The values in a JSON document, by field.

    Raises `BadRequest` when it is not JSON, and `InvalidInput` when the schema refuses it.
    """
    return _load(schema, _parse(body))


def load_query(schema: type[Schema], query: Mapping[str, str]) -> dict[str, Any]:
    """The values in a query string, by field; raises `InvalidInput` when the schema refuses it."""
    return _load(schema, query)


def dump_json(schema: type[Schema], value: object) -> str:
    """A value as JSON: an object or a mapping that has the fields of the schema."""
    return _encode(_instance_of(schema).dump(value))


@cache
def _instance_of(schema: type[Schema]) -> Schema:
    return schema()  # it copies each field, which takes longer than to use it


def _parse(body: bytes) -> Any:
    try:
        document = json.loads(body.decode())
        _check_depth(document)
        if b"\\u" in body:
            # Python's parser accepts half of a surrogate pair, which no text in UTF-8 can contain.
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON. {error}.") from None
    except ValueError:
        raise BadRequest("The body is not UTF-8, or a number has too many digits.") from None
    return document


def _check_depth(document: Any) -> None:
    level, depth = [document], 0
    while level:
        if depth > MAX_DEPTH:
            raise RecursionError
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        depth += 1


def _load(schema: type[Schema], values: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _instance_of(schema).load(values)
    except ValidationError as error:
        raise _invalid_input(error) from None
    return loaded


def _invalid_input(error: ValidationError) -> InvalidInput:
    errors: dict[str, list[str]] = {}
    # Not all of them: the response to a hostile body must not be larger than the body.
    for field, text in islice(_by_field(error.messages), 100):
        errors.setdefault(field or "body", []).append(text)
    return InvalidInput(errors)


def _by_field(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each message with the path of its field: `items.0.title`, or nothing for the whole."""
    if not isinstance(messages, dict):
        yield from ((path, str(text)) for text in messages)
        return
    for key, inner in messages.items():
        whole = key == "_schema"
        yield from _by_field(inner, path if whole else f"{path}.{key}".removeprefix("."))
