"""Servers for the tests: databases of their own, and generated projects that answer over HTTP."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pymysql
import requests

from .needs import missing

VARIABLES = {"postgresql": "TEST_POSTGRES_URL", "mysql": "TEST_MYSQL_URL"}


def server_url(database: str) -> str:
    """The address of a real server; skips the test where there is none, and fails it in CI."""
    variable = VARIABLES[database]
    url = os.environ.get(variable, "")
    if not url:
        missing(f"a {database} server", f"set {variable} to its address")
    return url


@contextmanager
def database_of_its_own(database: str) -> Iterator[str | None]:
    """The address of a new database on the real server, or None where the project needs no server."""
    if database not in VARIABLES:
        yield None
        return
    url = server_url(database)
    name = f"test_{secrets.token_hex(6)}"
    execute(database, url, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        force = " WITH (FORCE)" if database == "postgresql" else ""
        execute(database, url, f"DROP DATABASE {name}{force}")


def execute(database: str, url: str, statement: str) -> None:
    """Run one statement on a server."""
    if database == "postgresql":
        with psycopg.connect(url, autocommit=True) as postgres:
            postgres.execute(statement.encode())
    else:
        parts = urlsplit(url)
        mysql = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            autocommit=True,
        )
        with mysql, mysql.cursor() as cursor:
            cursor.execute(statement)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Server:
    """A project that runs. Requests go to `url`; what it prints is in `log`."""

    def __init__(
        self, command: list[str], project: Path, env: Mapping[str, str], port: int
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = project / f"server-{port}.log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [word.replace("$PORT", str(port)) for word in command],
                cwd=project,
                env={**env, "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, seconds: float = 60) -> None:
        """Wait for the first answer; fails with what the server printed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                requests.get(f"{self.url}/health", timeout=5)
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"no answer from {self.url}:\n{self.log.read_text()}")

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def end(self) -> None:
        """End whatever is left of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(command: list[str], project: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """A project's server, once it answers; whatever is left of it is ended afterwards."""
    server = Server(command, project, env, free_port())
    try:
        server.wait()
        yield server
    finally:
        server.end()
