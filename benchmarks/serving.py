"""Requests per second of a generated project, compared with bare Flask and sqlite3.

The same rounds include peers: other frameworks, used for the same list as their manuals show. All
candidates have one worker with one thread, of uvicorn for FastAPI and of gunicorn for the others.
Projects have everything on, including the access log, which the others do not have. The client
sends prepared bytes and hardly parses responses, so that the server takes almost all of the time. It
keeps a few connections busy, so that the server never waits for it.
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
from .projects import first_response, free_port, package_of, run, running
from .report import Row

HERE = Path(__file__).parent
LIST = "/api/v1/posts"
REQUEST = f"GET {LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode()

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)

POSTS = 1000
CONNECTIONS = 8
REQUESTS_A_ROUND = 400
ROUNDS = 40

TARGETS = {"raw-sql": 0.90, "sqlalchemy": 0.60, "flask-sqlalchemy": 0.60}
# Other answers, each with the answers that differ from those of a data layer's project.
VARIANTS = {
    "plain Flask": {"data_layer": "flask-sqlalchemy", "api_framework": "flask"},
    "Flask-RESTful": {"data_layer": "flask-sqlalchemy", "api_framework": "flask-restful"},
    "marshmallow": {"data_layer": "raw-sql", "validation": "marshmallow"},
}
# The least ratio of the default framework, APIFlask, to plain Flask.
LEAST = 0.9
PEERS = {
    "tutorial": "Flask-SQLAlchemy as in its tutorial",
    "with_fastapi": "FastAPI with SQLAlchemy",
    "with_drf": "Django REST framework",
}


def measure_serving(projects: dict[str, Path], folder: Path) -> list[Row]:
    """Measure `projects`: an installed project for each data layer and each of `VARIANTS`."""
    with ExitStack() as stack:
        ports = {"bare": stack.enter_context(_serve_bare(projects["raw-sql"], folder))}
        for name, project in projects.items():
            ports[name] = stack.enter_context(_serve_project(project))
        environment = install_peers(folder / "peers")
        for module in PEERS:
            ports[module] = stack.enter_context(serve_peer(module, environment, folder))
        insist_on_same_payload(ports)
        clients = {name: partial(requests_a_second, port) for name, port in ports.items()}
        in_turn(clients, 2)  # warms up
        speeds = in_turn(clients, ROUNDS)
    labels = {layer: layer for layer in TARGETS}
    labels |= {name: f"{answers['data_layer']} with {name}" for name, answers in VARIANTS.items()}
    against_bare = [
        _row(
            f"{label}, against bare Flask with sqlite3",
            speeds[name],
            speeds["bare"],
            TARGETS.get(name),
        )
        for name, label in (labels | PEERS).items()
    ]
    default = speeds["flask-sqlalchemy"]
    return [
        *against_bare,
        _row(
            "flask-sqlalchemy with APIFlask, against plain Flask",
            default,
            speeds["plain Flask"],
            LEAST,
        ),
        _row("raw-sql, marshmallow against pydantic", speeds["marshmallow"], speeds["raw-sql"]),
    ]


def _row(what: str, own: list[float], other: list[float], at_least: float | None = None) -> Row:
    return Row(
        f"`GET {LIST}`, 20 of {POSTS} rows, {what}",
        ratio(own, other),
        "ratio",
        ROUNDS,
        at_least=at_least,
        detail=f"{median(own):.0f} against {median(other):.0f} requests/s",
    )


def bare_payload(environment_of: Path, folder: Path) -> object:
    """Return the response of the bare application, run with a project's Flask."""
    database = bare_database(folder, POSTS)
    python = environment_of / ".venv/bin/python"
    command = (python, HERE / "inside.py", "payload", "bare")
    return json.loads(run(*command, cwd=environment_of, BARE_DATABASE=str(database)))


def project_payload(project: Path) -> object:
    """Return the response of a project."""
    variables = settings(database_of(project, POSTS))
    command = (project / ".venv/bin/python", HERE / "inside.py", "payload", package_of(project))
    return json.loads(run(*command, cwd=project, **variables))


def requests_a_second(port: int, requests: int = REQUESTS_A_ROUND) -> float:
    """Send requests over persistent connections. Raise `RuntimeError` unless all return 200."""
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(_Connection(port))) for _ in range(CONNECTIONS)]
        start = perf_counter()
        for connection in connections:
            connection.ask()
        for number in range(requests):
            connection = connections[number % CONNECTIONS]
            connection.read_response()
            # Wait for the last responses without sending new requests.
            if number < requests - CONNECTIONS:
                connection.ask()
        return requests / (perf_counter() - start)


class _Connection:
    """A persistent connection with at most one pending request."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        self._socket.sendall(REQUEST)

    def read_response(self) -> None:
        response = self._socket.recv(65536)
        while b"\r\n\r\n" not in response:
            response += self._more()
        head, _, body = response.partition(b"\r\n\r\n")
        length = CONTENT_LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or length is None:
            raise RuntimeError(f"unexpected response: {head.decode()}")
        missing = int(length[1]) - len(body)
        while missing > 0:
            missing -= len(self._more())

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise RuntimeError("the server closed the connection within a response")
        return received


def install_peers(folder: Path) -> Path:
    """Install the dependencies of the peers; return the folder of the environment."""
    folder.mkdir()
    run("uv", "venv", "--quiet", ".venv", cwd=folder)
    requirements = HERE / "peers/requirements.txt"
    run("uv", "pip", "install", "--quiet", "-r", requirements, cwd=folder)
    return folder


@contextmanager
def serve_peer(module: str, environment: Path, folder: Path) -> Iterator[int]:
    """Serve a module of peers/ on a database with the same posts; yield the port."""
    variables = {"BARE_DATABASE": str(bare_database(folder / module, POSTS))}
    peers = str(HERE / "peers")
    if module != "with_fastapi":
        with _serve(environment, f"{module}:app", "--chdir", peers, **variables) as port:
            yield port
        return
    port = free_port()
    uvicorn = environment / ".venv/bin/uvicorn"
    options = ["--app-dir", peers, "--port", str(port), "--no-access-log"]
    with running(uvicorn, f"{module}:app", *options, cwd=environment, **variables):
        first_response(f"http://127.0.0.1:{port}{LIST}")
        yield port


def _serve_bare(project: Path, folder: Path) -> AbstractContextManager[int]:
    variables = {"BARE_DATABASE": str(bare_database(folder, POSTS))}
    return _serve(project, "bare:app", "--chdir", str(HERE), **variables)


def _serve_project(project: Path) -> AbstractContextManager[int]:
    variables = settings(database_of(project, POSTS)) | {"LOG_LEVEL": "INFO"}
    return _serve(project, "wsgi:app", **variables)


@contextmanager
def _serve(project: Path, *arguments: str, **variables: str) -> Iterator[int]:
    port = free_port()
    # Use the same options for all candidates, not those of the project's gunicorn.conf.py.
    options = ["--config", str(HERE / "gunicorn_options.py"), "--bind", f"127.0.0.1:{port}"]
    gunicorn = project / ".venv/bin/gunicorn"
    with running(gunicorn, *options, *arguments, cwd=project, **variables):
        first_response(f"http://127.0.0.1:{port}{LIST}")
        yield port


def insist_on_same_payload(ports: Mapping[str, int]) -> None:
    """Raise `RuntimeError` if a candidate returns a different payload."""
    responses = {
        name: json.loads(first_response(f"http://127.0.0.1:{port}{LIST}"))
        for name, port in ports.items()
    }
    for name, response in responses.items():
        if response != responses["bare"]:
            raise RuntimeError(f"{name} does not return the payload of the bare application")
