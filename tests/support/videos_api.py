"""The API that projects with `external_api` use, with the faults of a slow, broken or hostile one."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

MEGABYTE = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

Fault = Callable[["Handler"], None]


class VideosApi(ThreadingHTTPServer):
    """Serves playlists, or responds with `fault` from the page `fault_from` on."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, number: int = 260) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/api"
        self.number = number
        self.version = 1
        self.fault: Fault | None = None
        self.fault_from = 1
        self.before_page: Callable[[int], None] = lambda page: None
        self.requests: list[tuple[str, str | None]] = []
        self.sent = 0
        self.lock = Lock()

    def playlists(self) -> dict[int, dict[str, Any]]:
        """Return all playlists by id. Each video is in several, and the next version has other ones."""
        playlists = {}
        for key in range(1, self.number + 1):
            videos = [self.video(key + step * self.version) for step in range(4)]
            title = f"Playlist {key}, version {self.version}"
            playlists[key] = {"id": key, "title": title, "videos": videos}
        return playlists

    def video(self, key: int) -> dict[str, Any]:
        return {"id": key, "title": f"Video {key}, version {self.version}", "seconds": key}

    def handle_error(self, *args: object) -> None:
        """Write nothing: clients are killed."""


class Handler(BaseHTTPRequestHandler):
    server: VideosApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        page = int(query.get("page", ["1"])[0])
        with self.server.lock:
            self.server.requests.append((self.path, self.headers["Authorization"]))
        if path.endswith("/playlists"):
            self.server.before_page(page)
        if self.server.fault is not None and page >= self.server.fault_from:
            self.close_connection = True
            with suppress(OSError):  # the client has read enough
                self.server.fault(self)
        elif path.endswith("/playlists"):
            size = int(query["per_page"][0])
            found = list(self.server.playlists().values())
            items = found[(page - 1) * size : page * size]
            self.reply({"items": items, "pages": -(-len(found) // size), "total": len(found)})
        else:
            self.reply({"views": 7, "likes": 3})

    def reply(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.write(OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def write(self, data: bytes) -> None:
        self.wfile.write(data)
        with self.server.lock:
            self.server.sent += len(data)

    def log_message(self, *args: object) -> None:
        """Write nothing."""


def status(code: int, headers: str = "") -> Fault:
    return lambda handler: handler.write(
        f"HTTP/1.1 {code} Status\r\n{headers}Content-Length: 0\r\n\r\n".encode()
    )


def body(text: str) -> Fault:
    encoded = text.encode()
    head = OK + f"Content-Length: {len(encoded)}\r\n\r\n".encode()
    return lambda handler: handler.write(head + encoded)


def silence(handler: Handler) -> None:
    time.sleep(300)


def hang_up(handler: Handler) -> None:
    """Close the connection instead of responding."""


def break_off(handler: Handler) -> None:
    """Close the connection in the middle of the body."""
    handler.write(OK + b'Content-Length: 1000\r\n\r\n{"items": [')


def drip_headers(handler: Handler) -> None:
    handler.write(OK + b"X-Header: ")
    drip(handler)


def drip_body(handler: Handler) -> None:
    handler.write(OK + b"Content-Length: 1000\r\n\r\n")
    drip(handler)


def drip_error(handler: Handler) -> None:
    """Drip the body of a response that is tried again."""
    handler.write(b"HTTP/1.1 503 Status\r\nContent-Length: 1000\r\n\r\n")
    drip(handler)


def drip(handler: Handler) -> None:
    for _ in range(300):
        handler.write(b" ")
        time.sleep(1)


def large_body(handler: Handler) -> None:
    handler.write(OK + f"Content-Length: {50 * MEGABYTE}\r\n\r\n".encode())
    for _ in range(50):
        handler.write(b" " * MEGABYTE)


def large_chunks(handler: Handler) -> None:
    handler.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(50):
        handler.write(f"{MEGABYTE:x}\r\n".encode() + b" " * MEGABYTE + b"\r\n")
    handler.write(b"0\r\n\r\n")


def bomb(handler: Handler) -> None:
    """Send 50 MB of blanks in 50 KB."""
    packed = gzip.compress(b" " * 50 * MEGABYTE)
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    handler.write(OK + head.encode() + packed)


def endless_pages(handler: Handler) -> None:
    handler.reply({"items": [], "pages": 2**62, "total": 2**62})


@contextmanager
def videos_api(number: int = 260) -> Iterator[VideosApi]:
    """Serve the API until the end of the block."""
    with VideosApi(number) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()
