"""Logging: one handler for the whole process, with one line per request and its ID in every line.

Each entry is a line of JSON on standard output, so that no text in a request can forge another
entry. In development the lines are plain, with continuation lines indented. `LOG_LEVEL` applies to
this application. Libraries log from WARNING up.
"""

import logging
import re
import sys
import time
import uuid
from logging.handlers import WatchedFileHandler

from flask import Flask, Response, g, has_app_context, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from .env import ConfigError, mask

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s [%(request_id)s]"
HANDLER_NAME = "application"

access = logging.getLogger(f"{__package__}.access")


def init_app(app: Flask) -> None:
    if app.config["LOG_JSON"]:  # Flask's own server, in development, prints its lines itself
        app.before_request(_begin)
        app.after_request(_log_access)
    app.after_request(_return_request_id)
    if not app.testing:  # pytest has handlers of its own
        _install(_make_handler(app), app.config["LOG_LEVEL"])


def request_id() -> str:
    """The id of this request: the client's `X-Request-ID` if it is sane, or one made here.

    Outside of requests it is `g.request_id`, or "-".
    """
    if has_request_context() and "request_id" not in g:
        sent = request.headers.get("X-Request-ID", "")
        g.request_id = sent if SANE_REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
    return str(g.get("request_id", "-")) if has_app_context() else "-"


def _return_request_id(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response


def _begin() -> None:
    g.began = time.perf_counter()


def _log_access(response: Response) -> Response:
    """Log the request without its query, which may contain personal data."""
    # Probes arrive every few seconds and are logged only when they fail.
    if access.isEnabledFor(logging.INFO) and (
        request.blueprint != "health" or response.status_code >= 400
    ):
        details = {
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "client": request.remote_addr,
            "duration_ms": round((time.perf_counter() - g.began) * 1000, 1),
        }
        access.info("%(method)s %(path)s %(status)s", details, extra=details)
    return response


def _make_handler(app: Flask) -> logging.Handler:
    handler: logging.Handler
    if app.config["LOG_FILE"]:
        # Reopens the file after logrotate has moved it. Unlike a handler that rotates by itself,
        # this is safe with several workers.
        try:
            handler = WatchedFileHandler(app.config["LOG_FILE"], encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"LOG_FILE is {app.config['LOG_FILE']!r}; it must be a file that can be written "
                f"({error.strerror})."
            ) from None
    else:
        handler = logging.StreamHandler(sys.stdout)
    handler.set_name(HANDLER_NAME)
    handler.addFilter(_prepare)
    handler.setFormatter(_JsonLines() if app.config["LOG_JSON"] else _PlainLines(PLAIN))
    return handler


def _install(handler: logging.Handler, level: str) -> None:
    """Set the handler of the root logger; it replaces the one of an earlier factory."""
    root = logging.getLogger()
    for earlier in [other for other in root.handlers if other.get_name() == HANDLER_NAME]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.getLogger(__package__).setLevel(level)
    # In development, Flask's own server prints its readable lines itself.
    logging.getLogger("werkzeug").propagate = isinstance(handler.formatter, _JsonLines)


def _prepare(record: logging.LogRecord) -> bool:
    """Add the id of the request, and the fields in `g.log_fields`, a dictionary of your own."""
    record.request_id = request_id()
    if has_app_context():
        vars(record).update(g.get("log_fields", {}))
    return True


class _JsonLines(JsonFormatter):
    """One JSON object per line, with passwords in URLs masked."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s %(request_id)s",
            timestamp="time",
            rename_fields={"levelname": "level", "name": "logger"},
        )

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class _PlainLines(logging.Formatter):
    """Readable lines. Continuation lines are indented, so that no text can forge an entry."""

    def format(self, record: logging.LogRecord) -> str:
        return mask("\n    ".join(super().format(record).splitlines()))
