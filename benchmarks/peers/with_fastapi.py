"""The list of posts with FastAPI and SQLAlchemy, as in its manual."""

# It runs in a separate environment, which has the packages that it imports.
# mypy: ignore-errors

import os
from datetime import UTC, datetime
from math import ceil
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlalchemy import String, Text, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(f"sqlite:///{os.environ['BARE_DATABASE']}")
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Moment = Annotated[datetime, AfterValidator(lambda moment: moment.replace(tzinfo=UTC))]


class PostOutput(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    body: str
    created_at: Moment
    updated_at: Moment


class PostPage(BaseModel):
    items: list[PostOutput]
    page: int
    per_page: int
    total: int
    pages: int


def session():
    with Session(engine) as session:
        yield session


@app.get("/api/v1/posts")
def posts(
    session: Annotated[Session, Depends(session)],
    page: Annotated[int, Query(ge=1)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
) -> PostPage:
    total = session.scalar(select(func.count()).select_from(Post))
    window = select(Post).order_by(Post.id.desc()).limit(per_page).offset((page - 1) * per_page)
    items = session.scalars(window).all()
    return PostPage(
        items=items, page=page, per_page=per_page, total=total, pages=ceil(total / per_page)
    )
