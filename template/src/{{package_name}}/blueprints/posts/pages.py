"""The HTML pages of posts. HTTP stays here; what happens to posts is in `services`."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ...forms import read_page, status_of
from . import services
from .forms import DeletePostForm, PostForm

PER_PAGE = 10

blueprint = Blueprint("posts_pages", __name__, template_folder="templates")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    page = services.list_posts(page=read_page(), per_page=PER_PAGE)
    if not page.items and page.page > 1:
        abort(404)
    return render_template("posts/index.html", page=page)


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    form = PostForm()
    if not form.validate_on_submit():
        return render_template("posts/form.html", form=form), status_of(form)
    post = newest_if_same(**form.values()) or services.create_post(**form.values())
    flash("The post is saved.")
    return redirect(url_for(".show", post_id=post.id), 303)


@blueprint.get("/<id:post_id>")
def show(post_id: int) -> ResponseReturnValue:
    post = services.get_post(post_id) or abort(404)
    return render_template("posts/show.html", post=post)


@blueprint.route("/<id:post_id>/edit", methods=["GET", "POST"])
def update(post_id: int) -> ResponseReturnValue:
    post = services.get_post(post_id) or abort(404)
    form = PostForm(obj=post)
    if not form.validate_on_submit():
        return render_template("posts/form.html", form=form, post=post), status_of(form)
    if services.update_post(post_id, **form.values()) is None:
        abort(404)
    flash("The changes are saved.")
    return redirect(url_for(".show", post_id=post_id), 303)


@blueprint.route("/<id:post_id>/delete", methods=["GET", "POST"])
def delete(post_id: int) -> ResponseReturnValue:
    form = DeletePostForm()
    if not form.validate_on_submit():
        post = services.get_post(post_id) or abort(404)
        return render_template("posts/delete.html", form=form, post=post), status_of(form)
    is_deleted = services.delete_post(post_id)
    flash("The post is deleted." if is_deleted else "The post had been deleted before.")
    return redirect(url_for(".index"), 303)


def newest_if_same(title: str, body: str) -> Any:
    """The newest post if it is this one: a double click sends a form twice."""
    for post in services.list_posts(per_page=1).items:
        if (post.title, post.body) == (title, body):
            return post
    return None
