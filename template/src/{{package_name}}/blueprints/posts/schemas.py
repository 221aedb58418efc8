"""The shapes of posts in JSON: what comes in, and what goes out."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from ...api import Schema
from ...pagination import PageOutput, PageQuery


def _readable(text: str) -> str:
    """Refuse what no database or reader can do anything with; keep the rest as it is."""
    if not text.strip():
        raise ValueError("must not be blank")
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


Title = Annotated[str, Field(max_length=200), AfterValidator(_readable)]
Body = Annotated[str, Field(max_length=20_000), AfterValidator(_readable)]


class PostInput(Schema):
    """A whole post, as it is created or replaced."""

    title: Title
    body: Body


class PostChanges(Schema):
    """Any part of a post. The defaults are never used: only what was sent is changed."""

    title: Title = ""
    body: Body = ""


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
