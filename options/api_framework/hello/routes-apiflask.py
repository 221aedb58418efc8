"""The JSON interface of hello. HTTP stays here; what is said is in `services`."""

from typing import Any

from ...openapi import Blueprint
from . import services
from .schemas import Greeting, GreetingQuery

blueprint = Blueprint("hello", __name__)


@blueprint.get("")
@blueprint.input(GreetingQuery, location="query")
@blueprint.output(Greeting)
def index(query_data: dict[str, Any]) -> object:
    """Return a greeting."""
    return services.greet(**query_data)
