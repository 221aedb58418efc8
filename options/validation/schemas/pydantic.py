"""What all schemas share. A schema says what a request may contain, or what a response contains."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest

from .errors import InvalidInput

T = TypeVar("T")


class Schema(BaseModel):
    """The base of all schemas. A field that a schema does not name is refused, not dropped."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _not_null(sent: object) -> object:
    if sent is None:
        raise ValueError("must not be null")
    return sent


def _without_null(description: dict[str, Any]) -> None:
    """Change the JSON schema of a field that may be left out: it has no null, also not by default."""
    description.update(description.pop("anyOf")[0])
    del description["default"]


# The type of a field that may be left out, as in a PATCH: None if it was not sent, and never null.
IfSent = Annotated[T | None, BeforeValidator(_not_null), Field(json_schema_extra=_without_null)]


def load_json(schema: type[Schema], body: bytes) -> dict[str, Any]:
    """The values in a JSON document, by field.

    Raises `BadRequest` when it is not JSON, and `InvalidInput` when the schema refuses it.
    """
    try:
        return schema.model_validate_json(body).model_dump()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "json_invalid":
            raise BadRequest(f"The body is not valid JSON. {first['msg']}.") from None
        raise _invalid_input(error) from None


def load_query(schema: type[Schema], query: Mapping[str, str]) -> dict[str, Any]:
    """The values in a query string, by field; raises `InvalidInput` when the schema refuses it."""
    try:
        return schema.model_validate(query).model_dump()
    except ValidationError as error:
        raise _invalid_input(error) from None


def dump_json(schema: type[Schema], value: object) -> str:
    """A value as JSON: an object or a mapping that has the fields of the schema."""
    return schema.model_validate(value).model_dump_json()


def _invalid_input(error: ValidationError) -> InvalidInput:
    errors: dict[str, list[str]] = {}
    # Not all of them: the response to a hostile body must not be larger than the body.
    for detail in error.errors(include_input=False, include_url=False)[:100]:
        field = ".".join(str(part) for part in detail["loc"]) or "body"
        errors.setdefault(field, []).append(detail["msg"].removeprefix("Value error, "))
    return InvalidInput(errors)
