"""The numbers by which rows are known."""

from flask import abort
from werkzeug.routing import BaseConverter

# The largest number that fits a 64-bit column.
MAX_ID = 2**63 - 1


class IdConverter(BaseConverter):
    """`<id:post_id>` in a route: a positive whole number that fits a 64-bit column, or 404."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MAX_ID:
            abort(404)  # werkzeug's own ValidationError would become a 405
        return number
