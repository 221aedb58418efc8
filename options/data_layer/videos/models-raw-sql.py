"""The rows of this feature. The identifiers are those of the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Video:
    id: int
    title: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist. A video may be in several. Lists of playlists come without the videos."""

    id: int
    title: str
    videos: tuple[Video, ...] = ()
