"""How many requests a second a generated project answers, against bare Flask with sqlite3.

All are served by gunicorn in the same way: one worker, one thread. The client sends ready-made
bytes and hardly reads the answers, so that next to all of the time is the server's. It keeps a few
connections busy, so that the server never waits for it.
"""

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from .measure import in_turn, ratio
from .posts import bare_database, database_of, settings
from .projects import first_answer, free_port, package_of, run, running
from .report import Row

HERE = Path(__file__).parent
LIST = "/api/v1/posts"
REQUEST = f"GET {LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode()

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)

POSTS = 20
CONNECTIONS = 4
REQUESTS_A_ROUND = 400
ROUNDS = 40

TARGETS = {"raw-sql": 0.90, "sqlalchemy": 0.60, "flask-sqlalchemy": 0.60}


def measure_serving(projects: dict[str, Path], folder: Path) -> list[Row]:
    """The rows on serving; `projects` has one installed project a data layer."""
    with ExitStack() as stack:
        ports = {"bare": stack.enter_context(_serve_bare(projects["raw-sql"], folder))}
        for layer, project in projects.items():
            ports[layer] = stack.enter_context(_serve_project(project))
        _insist_on_same_payload(ports)
        clients = {name: partial(requests_a_second, port) for name, port in ports.items()}
        in_turn(clients, 2)  # warms up
        speeds = in_turn(clients, ROUNDS)
    return [
        Row(
            f"`GET {LIST}` of {POSTS} rows, {layer}, against bare Flask with sqlite3",
            ratio(speeds[layer], speeds["bare"]),
            "ratio",
            ROUNDS,
            at_least=target,
            detail=f"{median(speeds[layer]):.0f} against {median(speeds['bare']):.0f} requests/s",
        )
        for layer, target in TARGETS.items()
    ]


def bare_payload(environment_of: Path, folder: Path) -> object:
    """What the bare application answers, run with a project's Flask."""
    database = bare_database(folder, POSTS)
    python = environment_of / ".venv/bin/python"
    command = (python, HERE / "inside.py", "payload", "bare")
    return json.loads(run(*command, cwd=environment_of, BARE_DATABASE=str(database)))


def project_payload(project: Path) -> object:
    """What a project answers."""
    variables = settings(database_of(project, POSTS))
    command = (project / ".venv/bin/python", HERE / "inside.py", "payload", package_of(project))
    return json.loads(run(*command, cwd=project, **variables))


def requests_a_second(port: int, requests: int = REQUESTS_A_ROUND) -> float:
    """Send requests over a few connections that are kept open; raises unless each answer is 200."""
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(_Connection(port))) for _ in range(CONNECTIONS)]
        start = perf_counter()
        for connection in connections:
            connection.ask()
        for number in range(requests):
            connection = connections[number % CONNECTIONS]
            connection.take_answer()
            # The last ones are not replaced: each is still waited for.
            if number < requests - CONNECTIONS:
                connection.ask()
        return requests / (perf_counter() - start)


class _Connection:
    """A connection that is kept open, with one request on its way at most."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        self._socket.sendall(REQUEST)

    def take_answer(self) -> None:
        answer = self._socket.recv(65536)
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = CONTENT_LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or length is None:
            raise RuntimeError(f"unexpected answer: {head.decode()}")
        missing = int(length[1]) - len(body)
        while missing > 0:
            missing -= len(self._more())

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise RuntimeError("the server closed the connection within an answer")
        return received


def _serve_bare(project: Path, folder: Path) -> AbstractContextManager[int]:
    variables = {"BARE_DATABASE": str(bare_database(folder, POSTS))}
    return _serve(project, "bare:app", "--chdir", str(HERE), **variables)


def _serve_project(project: Path) -> AbstractContextManager[int]:
    return _serve(project, "wsgi:app", **settings(database_of(project, POSTS)))


@contextmanager
def _serve(project: Path, *arguments: str, **variables: str) -> Iterator[int]:
    port = free_port()
    # The same options for all, so not those of the project's own gunicorn.conf.py.
    options = ["--config", str(HERE / "gunicorn_options.py"), "--bind", f"127.0.0.1:{port}"]
    gunicorn = project / ".venv/bin/gunicorn"
    with running(gunicorn, *options, *arguments, cwd=project, **variables):
        first_answer(f"http://127.0.0.1:{port}{LIST}")
        yield port


def _insist_on_same_payload(ports: Mapping[str, int]) -> None:
    """What answers with something else cannot be compared."""
    answers = {
        name: json.loads(first_answer(f"http://127.0.0.1:{port}{LIST}"))
        for name, port in ports.items()
    }
    for name, answer in answers.items():
        if answer != answers["bare"]:
            raise RuntimeError(f"{name} does not answer as the bare application does")
