"""The JSON interface of hello. HTTP stays here; what is said is in `services`."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ...api import read_query, reply
from . import services
from .schemas import Greeting, GreetingQuery

blueprint = Blueprint("hello", __name__)


@blueprint.get("")
def index() -> ResponseReturnValue:
    return reply(Greeting, services.greet(**read_query(GreetingQuery)))
