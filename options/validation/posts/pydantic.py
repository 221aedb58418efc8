"""The shapes of posts in JSON: what comes in, and what goes out."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ...pagination import PageOutput, PageQuery
from ...schemas import IfSent, Schema


def _readable(text: str) -> str:
    """Refuse what no database or reader can do anything with; keep the rest as it is."""
    if not text.strip():
        raise ValueError("must not be blank")
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


# The same rule in JSON Schema, for descriptions of the API.
READABLE: dict[str, Any] = {"pattern": r"\S", "not": {"pattern": r"\x00"}}

Title = Annotated[str, Field(max_length=200, json_schema_extra=READABLE), AfterValidator(_readable)]
Body = Annotated[
    str, Field(max_length=20_000, json_schema_extra=READABLE), AfterValidator(_readable)
]


class PostInput(Schema):
    """A whole post, as it is created or replaced."""

    title: Title
    body: Body


class PostChanges(Schema):
    """Any part of a post."""

    title: IfSent[Title] = None
    body: IfSent[Body] = None


class PostOutput(Schema):
    id: int
    title: str
    body: str
    created_at: datetime
    updated_at: datetime


class PostQuery(PageQuery):
    """Which posts to list."""


class PostPage(PageOutput):
    items: list[PostOutput]
