"""The entry page of the API, and where `/` leads to."""

from importlib.metadata import metadata

from flask import Blueprint, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from ..api import PREFIX
from ..application import Application

METHODS = ["GET", "HEAD"]

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


def init_app(app: Application) -> None:
    app.register_blueprint(blueprint)

    @app.before_request
    def lead_to_the_api() -> ResponseReturnValue | None:
        """Redirect `/`, unless a feature has a page there."""
        if request.path != "/" or not isinstance(request.routing_exception, NotFound):
            return None
        if request.method not in METHODS:
            raise MethodNotAllowed(METHODS)
        return redirect(url_for(app.home))


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The name and version of this application, and where each of its resources begins."""
    about = metadata(str(__package__).partition(".")[0])
    links = {
        rule.endpoint.partition(".")[0]: rule.rule
        for rule in current_app.url_map.iter_rules()
        if rule.endpoint.endswith(".index") and rule.rule.startswith(PREFIX) and not rule.arguments
    }
    return jsonify(name=about["Name"], version=about["Version"], links=links)
