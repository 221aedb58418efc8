"""Believes `X-Forwarded-*` from as many proxies as `TRUSTED_PROXIES` says, and no further.

With none in front, any client could write those headers and so choose its own address.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask) -> None:
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        # Not X-Forwarded-Host: proxies pass Host on, and few remove that header from a client.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0
        )
