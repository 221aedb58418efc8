"""The JSON interface of posts. HTTP stays here; what happens to posts is in `services`."""

from typing import Any

from flask import url_for

from ...api import or_404
from ...openapi import Blueprint
from . import services
from .schemas import PostChanges, PostInput, PostOutput, PostPage, PostQuery

blueprint = Blueprint("posts", __name__)


@blueprint.get("")
@blueprint.input(PostQuery, location="query")
@blueprint.output(PostPage)
def index(query_data: dict[str, Any]) -> object:
    """List posts, the newest first."""
    return services.list_posts(**query_data)


@blueprint.post("")
@blueprint.input(PostInput)
@blueprint.output(PostOutput, status_code=201)
def create(json_data: dict[str, Any]) -> object:
    """Create a post."""
    post = services.create_post(**json_data)
    return post, {"Location": url_for(".show", post_id=post.id)}


@blueprint.get("/<id:post_id>")
@blueprint.output(PostOutput)
def show(post_id: int) -> object:
    """Return a post."""
    return or_404(services.get_post(post_id))


@blueprint.put("/<id:post_id>")
@blueprint.input(PostInput)
@blueprint.output(PostOutput)
def replace(post_id: int, json_data: dict[str, Any]) -> object:
    """Replace a post."""
    return or_404(services.update_post(post_id, **json_data))


@blueprint.patch("/<id:post_id>")
@blueprint.input(PostChanges)
@blueprint.output(PostOutput)
def update(post_id: int, json_data: dict[str, Any]) -> object:
    """Change a part of a post."""
    return or_404(services.update_post(post_id, **json_data))


@blueprint.delete("/<id:post_id>")
@blueprint.output({}, status_code=204)
def delete(post_id: int) -> None:
    """Delete a post."""
    or_404(services.delete_post(post_id))
