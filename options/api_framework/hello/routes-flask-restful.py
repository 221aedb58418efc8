"""The JSON interface of hello. HTTP stays here; what is said is in `services`."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ...api import read_query, reply
from ...resources import Api, Resource
from . import services
from .schemas import Greeting, GreetingQuery

blueprint = Blueprint("hello", __name__)
api = Api(blueprint)


class GreetingItem(Resource):
    def get(self) -> ResponseReturnValue:
        return reply(Greeting, services.greet(**read_query(GreetingQuery)))


api.add_resource(GreetingItem, "", endpoint="index")
