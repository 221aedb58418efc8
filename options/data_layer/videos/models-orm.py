"""The tables of this feature. The identifiers are those of the API."""

from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...db import Base

playlist_videos = Table(
    "playlist_videos",
    Base.metadata,
    Column("playlist_id", ForeignKey("playlists.id", ondelete="CASCADE"), primary_key=True),
    Column("video_id", ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Video(Base):
    __tablename__ = "videos"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    seconds: Mapped[int]


class Playlist(Base):
    """A playlist. A video may be in several."""

    __tablename__ = "playlists"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    videos: Mapped[list[Video]] = relationship(
        secondary=playlist_videos, order_by=Video.id, lazy="raise"
    )
