"""The videos API: playlists with their videos, and the statistics of a video.

`videos_sample.py` shows what it responds with. This is where a field is checked that the API has sent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ..ids import MAX_ID
from .json_api import ApiError

PER_PAGE = 50
MAX_PAGES = 1000
MAX_VIDEOS = 500
MAX_TITLE = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Video:
    id: int
    title: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist, with each of its videos once."""

    id: int
    title: str
    videos: tuple[Video, ...]


@dataclass(frozen=True, slots=True)
class PlaylistPage:
    playlists: tuple[Playlist, ...]
    invalid: tuple[str, ...]
    """Why each of the other playlists on this page cannot be used."""
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Statistics:
    views: int
    likes: int


class Api(Protocol):
    def get(self, path: str, **query: int) -> Any:
        """Return the JSON at this path, or None when there is nothing."""


class VideosClient:
    def __init__(self, api: Api) -> None:
        self.api = api

    def get_pages(self) -> Iterator[PlaylistPage]:
        """Yield all playlists, page by page. Raises `ApiError`, also after some pages."""
        for number in range(1, MAX_PAGES + 1):
            path = "/playlists"
            page = _parse(path, _page, self.api.get(path, page=number, per_page=PER_PAGE))
            yield page
            if number >= page.pages:
                return
        raise ApiError(f"there are more than {MAX_PAGES} pages")

    def get_statistics(self, video_id: int) -> Statistics | None:
        """Return the numbers of a video at this moment, or None when the API has no such video."""
        path = f"/videos/{video_id}/statistics"
        found = self.api.get(path)
        return None if found is None else _parse(path, _statistics, found)


def _parse(path: str, parser: Callable[[Any], T], found: Any) -> T:
    try:
        return parser(found)
    except ValueError as error:
        raise ApiError(f"{path}: {error}") from error


def _page(found: Any) -> PlaylistPage:
    items = _list(found, "items", PER_PAGE)
    playlists: dict[int, Playlist] = {}
    invalid = []
    for item in items:
        try:
            playlist = _playlist(item)
            playlists[playlist.id] = playlist
        except ValueError as error:
            invalid.append(str(error))
    pages, total = _number(found, "pages"), _number(found, "total")
    return PlaylistPage(tuple(playlists.values()), tuple(invalid), pages, total)


def _playlist(found: Any) -> Playlist:
    videos = {video.id: video for video in map(_video, _list(found, "videos", MAX_VIDEOS))}
    return Playlist(_number(found, "id", 1), _title(found), tuple(videos.values()))


def _video(found: Any) -> Video:
    return Video(_number(found, "id", 1), _title(found), _number(found, "seconds"))


def _statistics(found: Any) -> Statistics:
    return Statistics(_number(found, "views"), _number(found, "likes"))


# --- Fields. Each raises `ValueError` with what is wrong ----------------------------------------


def _field(found: Any, name: str) -> Any:
    if not isinstance(found, dict) or name not in found:
        raise ValueError(f"there is no {name}")
    return found[name]


def _number(found: Any, name: str, lowest: int = 0) -> int:
    value = _field(found, name)
    if type(value) is not int or not lowest <= value <= MAX_ID:  # True is an int as well
        raise ValueError(f"{name} is not a number from {lowest} to {MAX_ID}")
    return value


def _title(found: Any) -> str:
    value = _field(found, "title")
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TITLE:
        raise ValueError(f"title is not a text of 1 to {MAX_TITLE} characters")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("title has characters that cannot be stored")
    return value


def _list(found: Any, name: str, most: int) -> list[Any]:
    value = _field(found, name)
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{name} is not a list of at most {most}")
    return value
