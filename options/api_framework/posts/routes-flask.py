"""The JSON interface of posts. HTTP stays here; what happens to posts is in `services`."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from ...api import or_404, read_body, read_query, reply
from . import services
from .schemas import PostChanges, PostInput, PostOutput, PostPage, PostQuery

blueprint = Blueprint("posts", __name__)


@blueprint.get("")
def index() -> ResponseReturnValue:
    return reply(PostPage, services.list_posts(**read_query(PostQuery)))


@blueprint.post("")
def create() -> ResponseReturnValue:
    post = services.create_post(**read_body(PostInput))
    return reply(PostOutput, post, 201, Location=url_for(".show", post_id=post.id))


@blueprint.get("/<id:post_id>")
def show(post_id: int) -> ResponseReturnValue:
    return reply(PostOutput, or_404(services.get_post(post_id)))


@blueprint.put("/<id:post_id>")
def replace(post_id: int) -> ResponseReturnValue:
    changes = read_body(PostInput)
    return reply(PostOutput, or_404(services.update_post(post_id, **changes)))


@blueprint.patch("/<id:post_id>")
def update(post_id: int) -> ResponseReturnValue:
    changes = read_body(PostChanges)
    return reply(PostOutput, or_404(services.update_post(post_id, **changes)))


@blueprint.delete("/<id:post_id>")
def delete(post_id: int) -> ResponseReturnValue:
    or_404(services.delete_post(post_id))
    return "", 204
