"""Compresses responses with zstd, Brotli or gzip: what the client prefers of these."""

from flask import Flask, Response, request
from flask_compress import Compress

ALGORITHMS = ["zstd", "br", "gzip"]
SETTINGS = {
    # Formats of images and fonts are compressed already.
    "COMPRESS_MIMETYPES": [
        "application/json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    ],
    "COMPRESS_MIN_SIZE": 1000,  # bytes; a smaller response fits into one packet anyway
    "COMPRESS_ALGORITHM": ALGORITHMS,
    "COMPRESS_ALGORITHM_STREAMING": ALGORITHMS,  # of static files
}


class Compression(Compress):
    """Flask-Compress, which in version 1.25 compresses too much and leaves files open."""

    def after_request(self, response: Response | None) -> Response:
        if response is None:
            return super().after_request(response)
        if response.status_code == 206 or not _accepts_any():
            response.vary.add("Accept-Encoding")
            return response
        close = getattr(response.response, "close", None)  # of a file
        if close is not None:
            response.call_on_close(close)
        return super().after_request(response)


def init_app(app: Flask) -> None:
    for name, default in SETTINGS.items():
        app.config.setdefault(name, default)
    Compression().init_app(app)


def _accepts_any() -> bool:
    """Return whether the client accepts one of the encodings: `br;q=0` says that it does not."""
    names = {*ALGORITHMS, "*"}
    return any(quality > 0 for name, quality in request.accept_encodings if name in names)
