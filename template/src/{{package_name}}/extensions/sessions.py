"""Sessions on the server, with Flask-Session: in Redis, or in files if `REDIS_URL` is not set.

The cookie has only a random id. Views use Flask's `session` as before; `session.clear()` ends it. When
a visitor logs in, the session needs a new id: `current_app.session_interface.regenerate(session)`.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp, mkstemp
from time import monotonic, time
from typing import Any, Protocol
from weakref import finalize

from flask import Flask, Request, Response, get_flashed_messages, request
from flask.sessions import SessionMixin, session_json_serializer
from flask_session.base import ServerSideSessionInterface
from redis import Redis, RedisError
from werkzeug.exceptions import ServiceUnavailable

from ..config import INSTANCE
from ..env import read_into, whole_number
from ..health import NotReadyError, add_check
from .redis import shared_by_processes

ID_LENGTH = 32  # random bytes
# Seconds in which the store is not asked again after an error.
PAUSE = 1
# Seconds between two searches for files of expired sessions.
PRUNE_INTERVAL = 3600

log = logging.getLogger(__name__)


class Store(Protocol):
    """Keeps the content of sessions. Lifetimes are in seconds since the last use."""

    def load(self, key: str, lifetime: int) -> bytes | None:
        """Return the content of a session that has not expired. This is a use of it."""

    def save(self, key: str, content: bytes, lifetime: int, is_new: bool) -> None:
        """Keep the content. If the session is not new and has ended meanwhile, do nothing."""

    def delete(self, key: str) -> None: ...


class RedisStore:
    def __init__(self, client: Redis, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    def load(self, key: str, lifetime: int) -> bytes | None:
        # One round trip, as with GETEX, which needs Redis 6.2.
        with self.client.pipeline(transaction=False) as pipeline:
            pipeline.get(self.prefix + key)
            pipeline.expire(self.prefix + key, lifetime)
            content: bytes | None = pipeline.execute()[0]
        return content

    def save(self, key: str, content: bytes, lifetime: int, is_new: bool) -> None:
        self.client.set(self.prefix + key, content, ex=lifetime, xx=not is_new)

    def delete(self, key: str) -> None:
        self.client.delete(self.prefix + key)


class FileStore:
    """Files that the processes of one machine share. A file's time is that of its last use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.next_pruning = 0.0

    def load(self, key: str, lifetime: int) -> bytes | None:
        path = self.folder / key
        with suppress(FileNotFoundError):
            if path.stat().st_mtime > time() - lifetime:
                content = path.read_bytes()
                os.utime(path)
                return content
        return None

    def save(self, key: str, content: bytes, lifetime: int, is_new: bool) -> None:
        path = self.folder / key
        if not is_new and not path.exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only this user can read it, and other processes find it when it is complete.
        handle, temporary = mkstemp(dir=self.folder)
        with open(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        if monotonic() > self.next_pruning:
            self.next_pruning = monotonic() + PRUNE_INTERVAL
            self.prune(lifetime)

    def delete(self, key: str) -> None:
        (self.folder / key).unlink(missing_ok=True)

    def prune(self, lifetime: int) -> None:
        """Delete the files of sessions that have expired."""
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process prunes as well
                if path.stat().st_mtime < time() - lifetime:
                    path.unlink()

    def check(self) -> None:
        """Raise `NotReadyError` if no session can be kept, as in a read-only container."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self.folder, os.W_OK):
            raise NotReadyError("instance/sessions cannot be written: set REDIS_URL")


class Session(SessionMixin):
    """The session of a request, which is loaded from the store when it is first used.

    If the store cannot be used, that raises `ServiceUnavailable`, and so does each change. But reading
    it again finds it empty, so that the page for the error can be made.
    """

    def __init__(self, interface: ServerSideSessionInterface, sid: str | None) -> None:
        self.interface = interface
        self.sid = sid or interface._generate_sid(ID_LENGTH)
        self.new = not sid
        self.modified = False
        self.is_available = True
        self._content: dict[str, Any] | None = {} if self.new else None

    @property
    def is_loaded(self) -> bool:
        return self._content is not None

    def _read(self) -> dict[str, Any]:
        if self._content is None:
            self._content = {}
            self.is_available = False
            key = self.interface._get_store_id(self.sid)
            found = self.interface._retrieve_session_data(key)
            self.is_available = True
            if found is None:
                # Nobody else can choose the id of a session.
                self.sid, self.new = self.interface._generate_sid(ID_LENGTH), True
            else:
                self._content = found
        return self._content

    def _change(self) -> dict[str, Any]:
        content = self._read()
        if not self.is_available:
            raise unavailable()
        self.modified = True
        return content

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._change()[name] = value

    def __delitem__(self, name: str) -> None:
        del self._change()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __bool__(self) -> bool:
        return any(name != "_permanent" for name in self)

    def clear(self) -> None:
        """End this session. What is added later belongs to a new one, with another id."""
        content = self._change()
        self.interface.regenerate(self)
        content.clear()


class Sessions(ServerSideSessionInterface):  # type: ignore[misc]
    """Flask-Session, but a request that does not use its session does not load it.

    Its own stores are not used: in version 0.8 they read values with pickle, which can run code.
    """

    def __init__(self, app: Flask, store: Store) -> None:
        super().__init__(app, sid_length=ID_LENGTH)
        self.store = store
        self.next_try = 0.0

    def open_session(self, app: Flask, request: Request) -> Session:
        return Session(self, request.cookies.get(self.get_cookie_name(app)))

    def regenerate(self, session: Session) -> None:
        """Give the session a new id. The old id leads to nothing from now on."""
        super().regenerate(session)
        session.new = True

    def should_set_storage(self, app: Flask, session: Session) -> bool:
        return bool(self.should_set_cookie(app, session))

    def save_session(self, app: Flask, session: Session, response: Response) -> None:
        if session.accessed:
            response.vary.add("Cookie")
        if not session.is_loaded:
            return
        try:
            if session:
                super().save_session(app, session, response)
            elif session.modified and self.get_cookie_name(app) in request.cookies:
                self._end(app, session, response)
        except ServiceUnavailable as error:
            session.is_available = False  # the page for the error reads it, too
            _replace(response, app.make_response(app.handle_http_exception(error)))

    def _end(self, app: Flask, session: Session, response: Response) -> None:
        self._delete_session(self._get_store_id(session.sid))
        # Browsers ignore this for a cookie named __Host-… unless it is secure, too.
        response.delete_cookie(
            self.get_cookie_name(app),
            path=self.get_cookie_path(app),
            domain=self.get_cookie_domain(app),
            secure=self.get_cookie_secure(app),
            httponly=self.get_cookie_httponly(app),
            samesite=self.get_cookie_samesite(app),
        )

    @contextmanager
    def _using_store(self) -> Iterator[Store]:
        """Yield the store. Raise `ServiceUnavailable` if it cannot be used, or could not just now."""
        if monotonic() < self.next_try:
            raise unavailable()
        try:
            yield self.store
        except (RedisError, OSError) as error:
            self.next_try = monotonic() + PAUSE
            log.error("Sessions cannot be used: %s", error)
            raise unavailable() from error

    # What Flask-Session calls:

    def _get_store_id(self, sid: str) -> str:
        # The keys in the store are of no use as cookies.
        return sha256(sid.encode()).hexdigest()

    def _retrieve_session_data(self, store_id: str) -> dict[str, Any] | None:
        with self._using_store() as store:
            content = store.load(store_id, _seconds(self.app.permanent_session_lifetime))
        if content is None:
            return None
        try:
            data: dict[str, Any] = session_json_serializer.loads(content.decode())
        except ValueError:  # a file that a crash of the machine has cut short
            return None
        return data

    def _upsert_session(self, lifetime: timedelta, session: Session, store_id: str) -> None:
        content = session_json_serializer.dumps(dict(session)).encode()
        with self._using_store() as store:
            store.save(store_id, content, _seconds(lifetime), session.new)

    def _delete_session(self, store_id: str) -> None:
        with self._using_store() as store:
            store.delete(store_id)


def init_app(app: Flask) -> None:
    if not app.testing:
        read_into(app.config, {"PERMANENT_SESSION_LIFETIME": whole_number(60, 31_536_000)})
    app.session_interface = Sessions(app, _store(app))
    app.add_template_global(_flashed_messages, "get_flashed_messages")


def _store(app: Flask) -> Store:
    if shared_by_processes(app):
        return RedisStore(app.extensions["redis"], f"{app.name}/session/")
    folder = INSTANCE / "sessions"
    if app.testing:
        folder = Path(mkdtemp())
        finalize(app, rmtree, folder, ignore_errors=True)
    store = FileStore(folder)
    add_check(app, "sessions", store.check)
    return store


def unavailable() -> ServiceUnavailable:
    return ServiceUnavailable("Sessions cannot be used right now.", retry_after=5)


def _seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())


def _flashed_messages(*args: Any, **options: Any) -> Any:
    """Return the messages for this page, or none if sessions cannot be used: it is shown anyway."""
    try:
        return get_flashed_messages(*args, **options)
    except ServiceUnavailable:
        return []


def _replace(response: Response, other: Response) -> None:
    """Turn the response into the other one. It keeps the headers that every response has."""
    for name in ("Content-Encoding", "ETag", "Last-Modified", "Location"):
        response.headers.remove(name)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(other.headers)
    response.status = other.status
    response.set_data(other.get_data())
