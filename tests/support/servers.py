"""Servers for the tests: separate databases, and generated projects that serve HTTP."""

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
    """Return the URL of a real server. Without one, skip the test, or fail it in CI."""
    variable = VARIABLES[database]
    url = os.environ.get(variable, "")
    if not url:
        missing(f"a {database} server", f"set {variable} to its address")
    return url


@contextmanager
def database_of_its_own(database: str) -> Iterator[str | None]:
    """Create a database on the real server and yield its URL, or None if the project needs no server."""
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


RESERVED: list[socket.socket] = []
"""The reserved ports, which stay bound while the tests run."""


def free_port() -> int:
    """Reserve a port for the caller, and return it.

    The port stays bound here, but nothing listens on it. Servers can bind it, because they set
    SO_REUSEADDR as well. If the option were set before the port is chosen, two processes could get
    the same port.
    """
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    RESERVED.append(probe)
    port: int = probe.getsockname()[1]
    return port


class Server:
    """A running project. Requests go to `url`; the output is in `log`."""

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

    def wait(self, seconds: float = 120) -> None:
        """Wait for the first response. On failure, show the output of the server."""
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
        raise AssertionError(f"no response from {self.url}:\n{self.log.read_text()}")

    def wait_until_ready(self, seconds: float = 120) -> requests.Response:
        """The response to the readiness probe: the first 200, or the last one in this time.

        On a busy machine, a check of one probe may miss its deadline.
        """
        deadline = time.monotonic() + seconds
        while True:
            response = requests.get(f"{self.url}/health/ready", timeout=60)
            if response.status_code == 200 or time.monotonic() > deadline:
                return response
            time.sleep(0.1)

    def stop(self) -> int:
        """Stop the server with SIGTERM, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def end(self) -> None:
        """Kill all remaining processes of the server."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(command: list[str], project: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """Start a project's server and wait until it responds; kill it at the end."""
    server = Server(command, project, env, free_port())
    try:
        server.wait()
        yield server
    finally:
        server.end()
