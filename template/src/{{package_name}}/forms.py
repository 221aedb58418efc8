"""What all forms share: the protection against forged requests, and the checks of text."""

import re
from typing import Any

from flask import abort, request
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms import Form as PlainForm
from wtforms.validators import ValidationError


class Form(FlaskForm):  # type: ignore[misc]
    """The base of all forms. Each has a token that other sites do not know, or is refused."""

    def values(self) -> dict[str, Any]:
        """The values of the fields, by their names."""
        return {name: value for name, value in self.data.items() if name != "csrf_token"}


def status_of(form: Form) -> int:
    """The status of a page with this form: 422 when it was sent, and something is wrong with it."""
    return 422 if form.is_submitted() else 200


def read_page() -> int:
    """The number of the page of a list that is asked for: `?page=2`. 404 when it is no number."""
    asked = request.args.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,8}", asked):
        abort(404)
    return int(asked)


def readable(form: PlainForm, field: Field) -> None:
    """Refuse what no database or reader can do anything with."""
    if not field.data or not field.data.strip():
        raise ValidationError("Please write something: this cannot be blank.")
    if "\x00" in field.data:
        raise ValidationError("This contains the character NUL, which cannot be stored.")


def unix_lines(text: Any) -> Any:
    """Replace CR LF, which browsers send at the end of each line, by LF."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text
