"""The shapes of hello in JSON: what comes in, and what goes out."""

from marshmallow import fields, validate

from ...schemas import Schema


class GreetingQuery(Schema):
    name = fields.String(load_default="world", validate=validate.Length(min=1, max=80))


class Greeting(Schema):
    message = fields.String()
