"""Where a project is served: PORT, in the environment or in `.env`, is obeyed by every way to serve."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.installed import Installed
from tests.support.matrix import Row, rows
from tests.support.projects import stored_answers
from tests.support.questions import choice_questions
from tests.support.servers import Server, free_port

CURE = "Use another one: make run PORT=8000"


def row_of(server: str) -> Row:
    """The first project with this server, on a database that needs no server of its own."""
    return next(
        row
        for row in rows()
        if stored_answers(row.answers)["server"] == server
        and stored_answers(row.answers)["database"] in {"none", "sqlite"}
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
    """Every command that serves a project, but the one of granian, which has an option for it."""
    found = [["make", "run"], ["flask", "run"], ["python", "wsgi.py"]]
    if project.answers["server"] != "flask":
        found.append(["make", "serve"])
    if project.answers["server"] == "gunicorn":
        found.append(["gunicorn", "wsgi:app"])
    return found


@contextmanager
def setting(project: Installed, line: str) -> Iterator[None]:
    """One more line in the project's `.env`."""
    path = project.folder / ".env"
    before = path.read_bytes()
    path.write_bytes(before + line.encode() + b"\n")
    try:
        yield
    finally:
        path.write_bytes(before)


@contextmanager
def served_on(project: Installed, port: int, command: list[str]) -> Iterator[Server]:
    """A server that has no PORT in its environment."""
    server = Server(["env", "-u", "PORT", *command], project.folder, project.env, port)
    try:
        server.wait()
        yield server
    finally:
        server.end()


def fails(project: Installed, command: list[str], **variables: str) -> list[str]:
    """Run a command that serves; it has to end. Returns what it printed, less the lines of logs."""
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


def test_the_port_in_the_file_of_settings_is_obeyed(project: Installed) -> None:
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


def test_a_port_that_is_none_is_told_in_a_line(project: Installed) -> None:
    for command in ways(project):
        said = fails(project, command, PORT="abc")
        # `make serve` shows which command it runs.
        said = [line for line in said if line != "flask db upgrade"]
        assert said == ["PORT is 'abc'; it must be a whole number from 1 to 65535."], command


def test_a_port_in_use_is_told_with_the_cure(project: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert fails(project, ["flask", "run"], PORT=str(port)) == [
            f"Error: Port {port} is in use. {CURE}"
        ]
        assert fails(project, ["make", "run"], PORT=str(port))[-1] == (
            f"Error: Port {port} is in use. {CURE}"
        )
