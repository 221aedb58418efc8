"""Trust `X-Forwarded-*` from the number of proxies in `TRUSTED_PROXIES`.

With none in front, any client could write those headers and so choose its own address.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


class Proxies(ProxyFix):
    """`ProxyFix`, also for proxies that overwrite `X-Forwarded-Proto`.

    Most proxies do, and few append to it. `ProxyFix` ignores a header with fewer values than
    proxies: each request would be in plain HTTP, and `FORCE_HTTPS` would redirect it forever.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if found := environ.get("HTTP_X_FORWARDED_PROTO"):
            first = found.split(",")[0]
            missing = self.x_proto - found.count(",") - 1
            environ["HTTP_X_FORWARDED_PROTO"] = f"{first}," * missing + found
        return super().__call__(environ, start_response)


def init_app(app: Flask) -> None:
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        # Not X-Forwarded-Host: proxies pass Host on, and few remove that header from a client.
        app.wsgi_app = Proxies(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0
        )
