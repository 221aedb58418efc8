"""The HTML page of hello. HTTP stays here; what is said is in `services`."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from . import services
from .forms import GreetingForm

blueprint = Blueprint("hello_pages", __name__, template_folder="templates")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    form = GreetingForm(request.args)
    if not form.validate():
        return render_template("hello/index.html", form=form), 422
    greeting = services.greet(form.name.data or "world")
    return render_template("hello/index.html", form=form, greeting=greeting)
