"""The forms of posts."""

from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from ...forms import Form, readable, unix_lines


class PostForm(Form):
    title = StringField("Title", [readable, Length(max=200)])
    body = TextAreaField("Text", [readable, Length(max=20_000)], filters=[unix_lines])


class DeletePostForm(Form):
    """A button, and the token."""
