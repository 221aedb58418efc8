"""The form of hello."""

from wtforms import StringField
from wtforms.validators import Length

from ...forms import Form


class GreetingForm(Form):
    class Meta:
        csrf = False  # it changes nothing

    name = StringField("Your name", [Length(max=80)])
