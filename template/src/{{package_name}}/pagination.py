"""Pages of a long list: which one was asked for, what services return, and its shape in JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from .api import LARGEST_ID, Schema

T = TypeVar("T")
Id = Annotated[int, Field(ge=0, le=LARGEST_ID)]


class PageQuery(Schema):
    """The query string of a list: a page of it, optionally of a range of ids only."""

    page: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20
    min_id: Id = 0
    max_id: Id = LARGEST_ID


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and the size of the whole."""

    items: Sequence[T]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return ceil(self.total / self.per_page)


class PageOutput(Schema):
    """What every list says of itself; a feature adds its own `items`."""

    page: int
    per_page: int
    total: int
    pages: int
