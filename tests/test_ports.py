"""The port of a project: every command that serves uses PORT from the environment or `.env`."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.installed import Installed
from tests.support.matrix import Row, answer, rows
from tests.support.questions import choice_questions
from tests.support.servers import Server, free_port

CURE = "Use another one: make run PORT=8000"


def row_of(server: str) -> Row:
    """Return the first project with this server and a database without a server."""
    return next(
        row
        for row in rows()
        if answer(row, "server") == server and answer(row, "database") in {"none", "sqlite"}
    )


pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project",
        [row_of(server) for server in choice_questions()["server"].values],
        ids=lambda row: row.id,
        indirect=True,
    ),
]


def ways(project: Installed) -> list[list[str]]:
    """Return every command that serves a project, except granian, which gets the port as an option."""
    found = [["make", "run"], ["flask", "run"], ["python", "wsgi.py"]]
    if project.answers["server"] != "flask":
        found.append(["make", "serve"])
    if project.answers["server"] == "gunicorn":
        found.append(["gunicorn", "wsgi:app"])
    return found


@contextmanager
def setting(project: Installed, line: str) -> Iterator[None]:
    """Add a line to the project's `.env` within this context."""
    path = project.folder / ".env"
    before = path.read_bytes()
    path.write_bytes(before + line.encode() + b"\n")
    try:
        yield
    finally:
        path.write_bytes(before)


@contextmanager
def served_on(project: Installed, port: int, command: list[str]) -> Iterator[Server]:
    """Start a server that has no PORT in its environment."""
    server = Server(["env", "-u", "PORT", *command], project.folder, project.env, port)
    try:
        server.wait()
        yield server
    finally:
        server.end()


def fails(project: Installed, command: list[str], **variables: str) -> list[str]:
    """Run a command that fails to serve, and return its output without log lines."""
    done = subprocess.run(
        command,
        cwd=project.folder,
        env=project.env | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    lines = done.stdout.splitlines()
    return [li for li in lines if " INFO " not in li and "[INFO]" not in li and "make: " not in li]


def test_every_command_uses_the_port_of_the_env_file(project: Installed) -> None:
    port = free_port()
    with setting(project, f"PORT={port}"):
        for command in ways(project):
            with served_on(project, port, command):
                pass


def test_the_command_line_and_the_environment_take_precedence(project: Installed) -> None:
    with setting(project, "PORT=1"):
        port = free_port()
        for command in (["flask", "run", "--port", str(port)], ["make", "run", f"PORT={port}"]):
            with served_on(project, port, command):
                pass


def test_an_invalid_port_is_reported_in_one_line(project: Installed) -> None:
    for command in ways(project):
        said = fails(project, command, PORT="abc")
        # `make serve` prints the command that it runs.
        said = [line for line in said if line != "flask db upgrade"]
        assert said == ["PORT is 'abc'; it must be a whole number from 1 to 65535."], command


def test_a_port_in_use_is_reported_with_a_fix(project: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert fails(project, ["flask", "run"], PORT=str(port)) == [
            f"Error: Port {port} is in use. {CURE}"
        ]
        # `make run` checks the port before it changes the database.
        assert fails(project, ["make", "run"], PORT=str(port)) == [
            f"Error: Port {port} is in use. {CURE}"
        ]
