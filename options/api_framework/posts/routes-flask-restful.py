"""The JSON interface of posts. HTTP stays here; what happens to posts is in `services`."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from ...api import or_404, read_body, read_query, reply
from ...resources import Api, Resource
from . import services
from .schemas import PostChanges, PostInput, PostOutput, PostPage, PostQuery

blueprint = Blueprint("posts", __name__)
api = Api(blueprint)


class PostList(Resource):
    def get(self) -> ResponseReturnValue:
        return reply(PostPage, services.list_posts(**read_query(PostQuery)))

    def post(self) -> ResponseReturnValue:
        post = services.create_post(**read_body(PostInput))
        return reply(PostOutput, post, 201, Location=url_for(".show", post_id=post.id))


class PostItem(Resource):
    def get(self, post_id: int) -> ResponseReturnValue:
        return reply(PostOutput, or_404(services.get_post(post_id)))

    def put(self, post_id: int) -> ResponseReturnValue:
        changes = read_body(PostInput)
        return reply(PostOutput, or_404(services.update_post(post_id, **changes)))

    def patch(self, post_id: int) -> ResponseReturnValue:
        changes = read_body(PostChanges)
        return reply(PostOutput, or_404(services.update_post(post_id, **changes)))

    def delete(self, post_id: int) -> ResponseReturnValue:
        or_404(services.delete_post(post_id))
        return "", 204


api.add_resource(PostList, "", endpoint="index")
api.add_resource(PostItem, "/<id:post_id>", endpoint="show")
