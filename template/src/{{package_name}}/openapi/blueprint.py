"""Blueprints with `input` and `output`, which say what a view takes and returns."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app
from werkzeug.wrappers import Response as BaseResponse

from ..api import read_body, read_query, reply
from ..schemas import Schema

View = Callable[..., Any]
ResponseView = Callable[..., BaseResponse]

READERS = {"json": read_body, "query": read_query}


class Blueprint(APIBlueprint):
    """A blueprint of APIFlask that reads and responds with the functions of `api.py`.

    APIFlask writes the document; requests and responses are the same as without it.
    """

    def input(  # type: ignore[override]  # only schemas of this project
        self,
        schema: type[Schema],
        location: str = "json",
        arg_name: str | None = None,
        **options: Any,
    ) -> Callable[[View], View]:
        """Pass the values of the request to the view, as a dictionary.

        The argument is called `json_data` or `query_data`, or by `arg_name`. APIFlask itself reads
        other locations, such as forms and headers.
        """
        described: Any = schema  # APIFlask's types know its own base of schemas only
        describe = super().input(described, location, arg_name, **options)
        if location not in READERS:
            return describe
        read, name = READERS[location], arg_name or f"{location}_data"

        def decorate(view: View) -> View:
            @wraps(describe(view))
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                kwargs[name] = read(schema)
                return current_app.ensure_sync(view)(*args, **kwargs)

            return wrapper

        return decorate

    def output(  # type: ignore[override]  # only schemas of this project
        self, schema: type[Schema] | Mapping[str, Any], status_code: int = 200, **options: Any
    ) -> Callable[[View], ResponseView]:
        """Respond with what the view returns: a value, or a tuple of it and a status or headers.

        With the schema `{}`, the response is empty.
        """
        describe = super().output(schema, status_code, **options)  # type: ignore[arg-type]

        def decorate(view: View) -> ResponseView:
            @wraps(describe(view))
            def wrapper(*args: Any, **kwargs: Any) -> BaseResponse:
                returned = current_app.ensure_sync(view)(*args, **kwargs)
                if isinstance(returned, BaseResponse):
                    return returned
                value, status, headers = _parts(returned, status_code)
                if isinstance(schema, Mapping):
                    return Response("", status, headers)
                return reply(schema, value, status, **headers)

            return wrapper

        return decorate


def _parts(returned: Any, status: int) -> tuple[Any, int, dict[str, str]]:
    """The value, the status and the headers of what a view has returned."""
    headers: dict[str, str] = {}
    if type(returned) is tuple:  # not a subclass, such as a row of a database
        returned, *rest = returned
        for part in rest:
            if isinstance(part, int):
                status = part
            else:
                headers = dict(part)
    return returned, status, headers
