"""Makes generated projects and runs their programs."""

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

# What a shell or an outer `make` may have set, and what would change what is measured. Without
# bytecode, for one, every start would compile every module again.
UNWANTED = {
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
    """The environment of a child process: this one's without `UNWANTED`, and these variables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in UNWANTED and not name.startswith("FLASK_")
    }
    # Copier's own settings of whoever runs this would answer questions.
    return {**kept, "COPIER_SETTINGS_PATH": os.devnull, **variables}


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a program to its end and return what it printed; raises when it fails."""
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
    """Make a Git repository of a folder, with one commit."""
    identity = ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"]
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", ".", cwd=folder)
    run("git", *identity, "commit", "--quiet", "--message", "Start", cwd=folder)


def clone_of_template(folder: Path) -> Path:
    """The last commit of this repository. What is not committed yet is not measured."""
    run("git", "clone", "--quiet", ROOT, folder, cwd=ROOT)
    return folder


def copy(template: Path, destination: Path, answers: Mapping[str, str] | None = None) -> Path:
    """Generate a project with Copier's command, with the default of every other question."""
    data = [f"--data={name}={answer}" for name, answer in (answers or {}).items()]
    flags = ["--quiet", "--defaults", "--vcs-ref=HEAD"]
    copier = Path(sys.executable).with_name("copier")
    run(copier, "copy", *flags, *data, template, destination, cwd=template)
    return destination


def install(project: Path) -> Path:
    """Install a project's dependencies into its own environment."""
    run("uv", "sync", "--quiet", cwd=project)
    return project


def versions_of(projects: Iterable[Path]) -> dict[str, str]:
    """What the projects have installed, and the Copier that made them."""
    versions: dict[str, str] = {}
    for project in projects:
        inside = Path(__file__).with_name("inside.py")
        found = run(project / ".venv/bin/python", inside, "versions", "", cwd=project)
        versions.update(json.loads(found))
    return {**versions, "Copier": version("copier")}


def package_of(project: Path) -> str:
    """The name of a project's package."""
    (package,) = (path.parent.name for path in project.glob("src/*/__init__.py"))
    return package


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(*command: str | Path, cwd: Path, **variables: str) -> Iterator[None]:
    """Keep a program running, and end it together with all that it has started."""
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
    # The process leads a group of its own: `make` alone would leave its server behind.
    os.killpg(process.pid, 15)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def first_answer(url: str, patience: float = 120) -> bytes:
    """Ask until the answer is 200, and return its body."""
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
    raise TimeoutError(f"{url} did not answer within {patience:.0f} seconds")
