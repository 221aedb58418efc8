"""The JSON interface of posts. HTTP stays here; what happens to posts is in `services`."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from ...api import found, read_body, read_query, reply
from . import services
from .schemas import PostChanges, PostInput, PostOutput, PostPage, PostQuery

blueprint = Blueprint("posts", __name__)


@blueprint.get("")
def index() -> ResponseReturnValue:
    query = read_query(PostQuery)
    return reply(PostPage, services.page(**query.model_dump()))


@blueprint.post("")
def create() -> ResponseReturnValue:
    post = services.create(**read_body(PostInput).model_dump())
    return reply(PostOutput, post, 201, Location=url_for(".show", post_id=post.id))


@blueprint.get("/<id:post_id>")
def show(post_id: int) -> ResponseReturnValue:
    return reply(PostOutput, found(services.get(post_id)))


@blueprint.put("/<id:post_id>")
def replace(post_id: int) -> ResponseReturnValue:
    changes = read_body(PostInput).model_dump()
    return reply(PostOutput, found(services.update(post_id, **changes)))


@blueprint.patch("/<id:post_id>")
def update(post_id: int) -> ResponseReturnValue:
    changes = read_body(PostChanges).model_dump(exclude_unset=True)
    return reply(PostOutput, found(services.update(post_id, **changes)))


@blueprint.delete("/<id:post_id>")
def delete(post_id: int) -> ResponseReturnValue:
    found(services.delete(post_id))
    return "", 204
