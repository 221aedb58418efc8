"""The videos API as an HTTP server on this machine, with the faults that a real one may have."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Fault = Callable[["Handler"], None]


class VideosApi(ThreadingHTTPServer):
    """Serves `playlists`, `per_page` at a time. The next requests get the `faults` instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.playlists: list[Any] = []
        self.per_page = 2
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str | None]] = []
        """The path of each request, and its token."""

    def handle_error(self, *args: object) -> None:
        """Write nothing: the client may have closed the connection."""


class Handler(BaseHTTPRequestHandler):
    server: VideosApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers["Authorization"]))
        if self.server.faults:
            self.server.faults.pop(0)(self)
            return
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/playlists":
            page, all_of_them = int(query["page"][0]), self.server.playlists
            size = self.server.per_page
            items = all_of_them[(page - 1) * size : page * size]
            pages, total = -(-len(all_of_them) // size), len(all_of_them)
            self.send({"items": items, "pages": pages, "total": total})
        elif path == "/videos/1/statistics":
            self.send({"views": 7, "likes": 3})
        else:
            self.send({}, 404)

    def do_POST(self) -> None:
        self.do_GET()

    def send(self, value: object, status: int = 200, **headers: str) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        with suppress(OSError):  # the client may have read enough
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Write nothing."""


def responds(value: object = None, status: int = 200, **headers: str) -> Fault:
    """Respond with this value as JSON, or with these bytes."""
    return lambda handler: handler.send(value, status, **headers)


def hangs_up(handler: Handler) -> None:
    """Close the connection without a response."""
    handler.close_connection = True


def is_silent(handler: Handler) -> None:
    """Keep the connection open, and send nothing."""
    handler.rfile.read(1)


def drips(start: bytes) -> Fault:
    """Begin a response, and then send one byte at a time, for five seconds."""

    def drip(handler: Handler) -> None:
        handler.close_connection = True
        with suppress(OSError):
            handler.wfile.write(start)
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.05)

    return drip


@contextmanager
def serving() -> Iterator[VideosApi]:
    """Serve the API until the end of the block."""
    with VideosApi() as server:
        thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
