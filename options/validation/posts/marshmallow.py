"""The shapes of posts in JSON: what comes in, and what goes out."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from ...pagination import PageOutput, PageQuery
from ...schemas import Integer, Schema, Timestamp


def _readable(text: str) -> None:
    """Refuse what no database or reader can do anything with."""
    if not text.strip():
        raise ValidationError("must not be blank")
    if "\x00" in text:
        raise ValidationError("must not contain the character NUL")


# The same rule in JSON Schema, for descriptions of the API.
READABLE: dict[str, Any] = {"pattern": r"\S", "not": {"pattern": r"\x00"}}

TITLE: dict[str, Any] = {
    "validate": [validate.Length(max=200), _readable],
    "metadata": READABLE,
}
BODY: dict[str, Any] = {"validate": [validate.Length(max=20_000), _readable], "metadata": READABLE}


class PostInput(Schema):
    """A whole post, as it is created or replaced."""

    title = fields.String(required=True, **TITLE)
    body = fields.String(required=True, **BODY)


class PostChanges(Schema):
    """Any part of a post."""

    title = fields.String(**TITLE)
    body = fields.String(**BODY)


class PostOutput(Schema):
    id = Integer()
    title = fields.String()
    body = fields.String()
    created_at = Timestamp()
    updated_at = Timestamp()


class PostQuery(PageQuery):
    """Which posts to list."""


class PostPage(PageOutput):
    items = fields.Nested(PostOutput, many=True)
