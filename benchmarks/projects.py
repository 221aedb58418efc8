"""Generate projects and run their programs."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]

# Variables of a shell or an outer `make` that would change the results. Without bytecode, for
# example, every start would compile every module again.
UNWANTED = {
    "ALLOWED_HOSTS",
    "APP_ENV",
    "DATABASE_URL",
    "LOG_FILE",
    "LOG_LEVEL",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "PORT",
    "PYTEST_ADDOPTS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "SECRET_KEY",
    "TRUSTED_HOSTS",
    "TRUSTED_PROXIES",
    "VIRTUAL_ENV",
    "WEB_CONCURRENCY",
}


def environment(**variables: str) -> dict[str, str]:
    """Return this environment without `UNWANTED`, and with these variables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in UNWANTED and not name.startswith("FLASK_")
    }
    # The user's Copier settings could answer questions.
    return {**kept, "COPIER_SETTINGS_PATH": os.devnull, **variables}


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a program and return its output. Raise `RuntimeError` if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        line = " ".join(map(str, command))
        raise RuntimeError(f"{line} failed with {done.returncode}:\n{done.stdout}")
    return done.stdout


def commit_all(folder: Path) -> None:
    """Turn a folder into a Git repository with one commit."""
    identity = ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"]
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", ".", cwd=folder)
    run("git", *identity, "commit", "--quiet", "--message", "Start", cwd=folder)


def clone_of_template(folder: Path) -> Path:
    """Clone the last commit of this repository. Uncommitted changes are not measured."""
    run("git", "clone", "--quiet", "--no-local", ROOT, folder, cwd=ROOT)
    return folder


def copy(template: Path, destination: Path, answers: Mapping[str, str] | None = None) -> Path:
    """Generate a project with `copier copy`, with these answers and otherwise the defaults."""
    data = [f"--data={name}={answer}" for name, answer in (answers or {}).items()]
    flags = ["--quiet", "--defaults", "--vcs-ref=HEAD"]
    copier = Path(sys.executable).with_name("copier")
    run(copier, "copy", *flags, *data, template, destination, cwd=template)
    return destination


def install(project: Path) -> Path:
    """Install a project's dependencies into its environment."""
    run("uv", "sync", "--quiet", cwd=project)
    return project


def versions_of(projects: Iterable[Path]) -> dict[str, str]:
    """Return the versions of the projects' packages, and of Copier."""
    versions: dict[str, str] = {}
    for project in projects:
        inside = Path(__file__).with_name("inside.py")
        found = run(project / ".venv/bin/python", inside, "versions", "", cwd=project)
        versions.update(json.loads(found))
    return {**versions, "Copier": version("copier")}


def package_of(project: Path) -> str:
    """Return the name of a project's package."""
    (package,) = (path.parent.name for path in project.glob("src/*/__init__.py"))
    return package


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(*command: str | Path, cwd: Path, **variables: str) -> Iterator[None]:
    """Run a program within this context, and then end it with its child processes."""
    log = cwd / "benchmark.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
        except TimeoutError as error:
            error.add_note(log.read_text())
            raise
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # End the whole process group, because `make` alone would leave its server running.
    os.killpg(process.pid, 15)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def first_response(url: str, patience: float = 120) -> bytes:
    """Repeat the request until the status is 200, and return the body."""
    deadline = perf_counter() + patience
    while perf_counter() < deadline:
        try:
            with urlopen(url, timeout=5) as response:
                if response.status == 200:
                    body: bytes = response.read()
                    return body
        except (HTTPError, URLError, OSError):
            pass
        sleep(0.02)
    raise TimeoutError(f"{url} did not respond within {patience:.0f} seconds")
