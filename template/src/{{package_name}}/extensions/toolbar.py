"""The debug toolbar: shows in each page how it was made. Only in development, with debug mode on.

Flask-DebugToolbar 0.16 has an inline script and inline styles in its HTML. The policy of a page with
the toolbar allows exactly these, by their hashes.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import partial, wraps
from hashlib import sha256
from typing import Any

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

from ..site import JSON_PATHS
from .pages import HEADERS

PANELS = "flask_debugtoolbar.panels."
SETTINGS = {
    # docs/toolbar.md says why those of the settings, the statements and the packages are left out.
    "DEBUG_TB_PANELS": [
        PANELS + "timer.TimerDebugPanel",
        PANELS + "headers.HeaderDebugPanel",
        PANELS + "request_vars.RequestVarsDebugPanel",
        PANELS + "template.TemplateDebugPanel",
        PANELS + "logger.LoggingPanel",
        PANELS + "route_list.RouteListDebugPanel",
        PANELS + "g.GDebugPanel",
        PANELS + "profiler.ProfilerDebugPanel",
    ],
    "DEBUG_TB_INTERCEPT_REDIRECTS": False,
}

POLICY = "Content-Security-Policy"
SCRIPT = "var DEBUG_TOOLBAR_STATIC_PATH = '{}'"
STYLES = ["display:none;", "display: none;", "width:20%"]


def init_app(app: Flask) -> None:
    if app.config["APP_ENV"] == "development" and app.debug:
        for name, default in SETTINGS.items():
            app.config.setdefault(name, default)
        _add_toolbar(app)


def relax(policy: str, static_path: str) -> str:
    """Return the policy of a page, with what the toolbar needs as well."""
    parts = filter(None, (directive.split() for directive in policy.split(";")))
    directives = {name: sources for name, *sources in parts}
    for name, inline in {
        "script-src": [_hash(SCRIPT.format(static_path))],
        "style-src": ["'unsafe-hashes'", *map(_hash, STYLES)],
        "img-src": [],
    }.items():
        sources = directives.get(name, directives.get("default-src"))
        if sources is None:
            continue  # everything is allowed
        if "'unsafe-inline'" in sources:
            inline = []  # a hash would turn it off
        kept = [source for source in sources if source != "'none'"]
        directives[name] = list(dict.fromkeys([*kept, "'self'", *inline]))
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _add_toolbar(app: Flask) -> None:
    # It is a dependency of development only: other environments start without it.
    from flask_debugtoolbar import DebugToolbarExtension

    class Toolbar(DebugToolbarExtension):
        """Flask-DebugToolbar, for the pages alone."""

        def process_request(self) -> None:
            if not f"{request.path}/".startswith(JSON_PATHS):
                super().process_request()

        def process_view(
            self, app: Flask, view_func: Callable[..., Any], view_kwargs: dict[str, Any]
        ) -> Callable[..., Any]:
            # Version 0.16 would call an asynchronous view like any other, and shows the view's name.
            view = wraps(view_func)(partial(app.ensure_sync(view_func)))
            return super().process_view(app, view, view_kwargs)

        def process_response(self, response: Response) -> Response:
            # Version 0.16 warns of HTML that is not a whole page.
            if (
                response.mimetype != "text/html"
                or not response.is_sequence
                or b"</body>" not in response.data
            ):
                return response
            body = response.response
            response = super().process_response(response)
            if response.response is not body:
                policy = response.headers.get(POLICY, HEADERS[POLICY])
                static_path = url_for("_debug_toolbar.static", filename="")
                response.headers[POLICY] = relax(policy, static_path)
            return response

    toolbar = Toolbar(app)
    # Version 0.16 leaves out pages with the status of a refused form.
    toolbar._toolbar_codes = [*Toolbar._toolbar_codes, 422]
