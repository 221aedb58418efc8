"""Gets JSON from an API of somebody else, within limits of time and size.

What is in the JSON is not to be trusted either: the client of each API checks it.
"""

import json
from http.cookiejar import DefaultCookiePolicy
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from requests import PreparedRequest, RequestException, Response, Session
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from .deadline import CONNECT_TIMEOUT, READ_TIMEOUT, DeadlineAdapter, deadline

# Seconds for one call, with all that is tried again.
TOTAL_TIMEOUT = 10.0
MAX_BYTES = 5 * 1024 * 1024
# Calls at once in a process: while the API is slow, the other threads serve other requests. One more
# call waits this many seconds for its turn.
MAX_CALLS = 2
MAX_WAIT = 0.2


class ApiError(Exception):
    """The API cannot be used. The message is one line for the log, not for visitors."""


class BearerToken(AuthBase):
    """Sends a token if there is one, and never a password from a .netrc file."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class JsonApi:
    """An API that responds in JSON. It can be used by several threads at once."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.slots = BoundedSemaphore(MAX_CALLS)
        self.session = Session()
        self.session.auth = BearerToken(token)
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, DeadlineAdapter())

    def get(self, path: str, **query: int) -> Any:
        """Return the JSON at this path, or None when there is nothing (404).

        Raises `ApiError` for all else, after `TOTAL_TIMEOUT` seconds at the latest.
        """
        if not self.slots.acquire(timeout=MAX_WAIT):
            raise ApiError(f"{path}: too many calls wait for the API")
        deadline.set(monotonic() + TOTAL_TIMEOUT)
        try:
            with self.session.get(
                self.url + path,
                params=query,
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,  # the token is for this host only
                stream=True,
            ) as response:
                if response.status_code == 404:
                    return None
                if response.status_code != 200:
                    raise ApiError(f"{path}: status {response.status_code}")
                return json.loads(_read(path, response))
        except (RequestException, HTTPError, OSError) as error:
            raise ApiError(f"{path}: {type(error).__name__}") from error
        except (ValueError, RecursionError) as error:
            raise ApiError(f"{path}: this is not JSON") from error
        finally:
            self.slots.release()


def _read(path: str, response: Response) -> bytes:
    """Return the body, decompressed. Stop reading when it is too large."""
    body = bytearray()
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) > MAX_BYTES:
            raise ApiError(f"{path}: the body is larger than {MAX_BYTES} bytes")
    return bytes(body)
