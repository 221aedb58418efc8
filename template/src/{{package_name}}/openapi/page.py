"""The page that shows the API to people, and lets them try it: Swagger UI."""

from importlib.resources import files

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from ..api import PREFIX

# Scripts, styles and requests of this application only. Swagger UI has icons in data: URLs.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint(
    "docs",
    __name__,
    url_prefix=f"{PREFIX}/docs",
    template_folder="templates",
    static_folder=str(files("flask_swagger_ui") / "dist"),
    static_url_path="/swagger-ui",
)


@blueprint.after_request
def set_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.get("")
def index() -> ResponseReturnValue:
    return render_template("openapi/docs.html", app=current_app)


@blueprint.get("/start.js")
def start() -> ResponseReturnValue:
    script = files(str(__package__)) / "start.js"
    return Response(script.read_text(encoding="utf-8"), mimetype="text/javascript")
