"""Projects of the covering set, each installed once, with its own database."""

import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .matrix import Row
from .projects import Answers, environment, install, render, run, stored_answers, workshop
from .servers import Server, database_of_its_own, running

DEVELOPMENT_SERVERS = ("flask run", "python wsgi.py")


@dataclass
class Installed:
    """A project, ready to run."""

    folder: Path
    answers: dict[str, str]
    env: dict[str, str]
    seconds: float
    """The duration of `make setup`."""

    @property
    def serve(self) -> list[str]:
        """The command of the project's server."""
        granian = ["granian", "--interface", "wsgi", "--port", "$PORT", "wsgi:app"]
        commands = {"flask": ["flask", "run"], "gunicorn": ["gunicorn", "wsgi:app"]}
        return commands.get(self.answers["server"], granian)

    def env_to_serve(self, command: list[str]) -> dict[str, str]:
        """Return a production environment, or a development one for Flask's development server."""
        if " ".join(command) in DEVELOPMENT_SERVERS:
            return self.env
        production = {
            "APP_ENV": "production",
            "FLASK_DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FORCE_HTTPS": "false",
            "WEB_CONCURRENCY": "2",
        }
        return self.env | production

    def flask(self, *arguments: str) -> str:
        """Run the project's `flask` with these arguments, and return its output."""
        return run(["flask", *arguments], self.folder, self.env).stdout

    def sync(self) -> None:
        """Store the sample of another API, if the project has one. Other tests empty these tables."""
        if self.answers["external_api"] == "true":
            self.flask("sync")


@contextmanager
def installed(
    row: Row, generate: Callable[[Answers, Path], object] = render, **variables: str
) -> Iterator[Installed]:
    """Generate a project and install it with `make setup`; remove it at the end.

    `variables` are set for each command.
    """
    answers = stored_answers(row.answers)
    folder = workshop() / "installed" / row.name
    with ExitStack() as stack:
        url = stack.enter_context(database_of_its_own(answers["database"]))
        generate(row.answers, folder)
        env = environment(answers["python"], **variables)
        env |= {"PATH": f"{folder}/.venv/bin:{env['PATH']}"}
        if url:
            env["DATABASE_URL"] = url
        began = time.monotonic()
        install(folder, env)
        stack.callback(shutil.rmtree, folder)
        yield Installed(folder, answers, env, time.monotonic() - began)


@contextmanager
def served(project: Installed) -> Iterator[Server]:
    """Run the project's server on a migrated and seeded database, with what it syncs.

    Flask's server does not reload: some tests edit the project while it serves others. (If they
    delete the sample, a reloader restarts without it, and does not notice that it is back with its
    old time.)
    """
    if project.answers["data_layer"] != "none":
        project.flask("db", "upgrade")
        project.flask("seed")
    project.sync()
    env = project.env_to_serve(project.serve)
    once = ["--no-reload"] if project.answers["server"] == "flask" else []
    with running([*project.serve, *once], project.folder, env) as server:
        yield server
