"""Calls that end: an adapter for `requests` with a deadline, and with retries that keep it.

The timeouts of `requests` begin again with each byte. A server that sends one byte per second would
hold a call for hours.
"""

from contextvars import ContextVar
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic, sleep
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ReadTimeoutError

# In seconds. A connection must be made, and each part of a response must come, in this time.
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 5.0

# When the call of this thread has to end, on the clock of `time.monotonic`.
deadline: ContextVar[float] = ContextVar("deadline")


def seconds_left() -> float:
    """Return the time until the deadline; raise `TimeoutError` when it has passed."""
    left = deadline.get() - monotonic()
    if left <= 0:
        raise TimeoutError("the call has taken too long")
    return left


class DeadlineReader(RawIOBase):
    """Reads from a socket until the deadline."""

    def __init__(self, source: socket) -> None:
        self.socket = source
        self.raw = source.makefile("rb", buffering=0)

    def makefile(self, mode: str) -> BufferedReader:
        """Return what `HTTPResponse` reads from."""
        return BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self.socket.settimeout(min(seconds_left(), READ_TIMEOUT))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class DeadlineResponse(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(DeadlineReader(sock), *args, **options)  # type: ignore[arg-type]


class DeadlineConnection(HTTPConnection):
    response_class = DeadlineResponse


class DeadlineHTTPSConnection(HTTPSConnection):
    response_class = DeadlineResponse


class DeadlineRetry(Retry):
    """Tries again only while there is time, and not after a timeout: the server has had its time."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        *args: Any,
        **options: Any,
    ) -> Self:
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, *args, **options)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        asked = self.get_retry_after(response) if response is not None else None
        seconds = self.get_backoff_time() if asked is None else asked
        if seconds > seconds_left():
            raise TimeoutError("there is no time to try again")
        sleep(seconds)


class DeadlineAdapter(HTTPAdapter):
    """Sends requests that end at the deadline. Only idempotent methods are sent again."""

    def __init__(self) -> None:
        super().__init__(
            max_retries=DeadlineRetry(
                total=2,
                backoff_factor=0.2,
                backoff_jitter=0.2,
                status_forcelist=(502, 503, 504),
                allowed_methods=("GET", "HEAD", "OPTIONS", "PUT", "DELETE"),
                raise_on_status=False,
                retry_after_max=2,
            )
        )

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        secure = pool.scheme == "https"
        pool.ConnectionCls = DeadlineHTTPSConnection if secure else DeadlineConnection
        return pool
