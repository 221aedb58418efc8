"""The shapes of hello in JSON: what comes in, and what goes out."""

from typing import Annotated

from pydantic import Field

from ...schemas import Schema


class GreetingQuery(Schema):
    name: Annotated[str, Field(min_length=1, max_length=80)] = "world"


class Greeting(Schema):
    message: str
