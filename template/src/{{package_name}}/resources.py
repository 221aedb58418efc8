"""The base classes of Flask-RESTful, for resources as classes.

Flask-RESTful is no longer maintained. Only this module imports it.
"""

from collections.abc import Callable

import flask_restful
from flask.typing import ResponseReturnValue


class Api(flask_restful.Api):  # type: ignore[misc]  # Flask-RESTful has no types
    """The resources of a blueprint. Errors go to the application, which responds to all of them."""

    def error_router(
        self, handler: Callable[[Exception], ResponseReturnValue], error: Exception
    ) -> ResponseReturnValue:
        return handler(error)


class Resource(flask_restful.Resource):  # type: ignore[misc]  # Flask-RESTful has no types
    """A resource: a class with a method for each method of HTTP."""
