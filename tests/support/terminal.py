"""Pages of the manual, and a terminal that runs the commands in their console blocks."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import requests

from .projects import VERSION, environment, workshop
from .questions import REPOSITORY
from .releases import NEXT
from .servers import free_port

# Commands that serve until they are stopped.
SERVERS = re.compile(
    r"make (run|serve)\b|\.venv/bin/(flask run|python wsgi\.py|gunicorn|granian)\b"
)

# Ports of the manual; others may be taken while the tests run.
PORT = re.compile(r"(?<=PORT=)8000\b|(?<=--port )8000\b")

# In development, this command reports problems.
STATUS = {".venv/bin/flask check-deploy": 1}

# These commands take minutes, and would run this very test again. `make --dry-run` only checks that
# they exist. The workflow runs each of them.
TOO_LONG = ("make lint", "make check", "make test", "make bench", "make flips", "make mutants")

IDENTITY = {
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language, and its lines without the indentation of a list."""

    language: str
    text: str


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in this language (`console`, `python orm`)."""
    return [block.text for block in _blocks(page) if block.language == language]


def _blocks(page: str) -> Iterator[Block]:
    pattern = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    for indent, language, text in pattern.findall(page):
        yield Block(language.strip(), re.sub(f"^{indent}", "", text, flags=re.MULTILINE))


def without_blocks(page: str) -> str:
    """Return the prose of a page."""
    return re.sub(r"^( *)```.*?^\1```$", "", page, flags=re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[tuple[str, str]]:
    """Return the commands of a page, in order, each with its working directory.

    A page is one session: a `cd` applies to all commands after it. The first directory is `.`.
    """
    folder = "."
    found = []
    for line in "".join(blocks(page, "console")).splitlines():
        if change := re.fullmatch(r"cd (\S+)(?: && (.*))?", line):
            folder, line = change[1], change[2] or ""
        if line:
            found.append((folder, line))
    return found


def copy_of_repository(destination: Path) -> Path:
    """Clone this repository, and tag the state of the working tree as the newest release."""
    git = ["git", "-C", str(destination)]
    # Without checkout, because files deleted in the working tree must not come back.
    clone = ["git", "clone", "--quiet", "--no-checkout", str(REPOSITORY), str(destination)]
    subprocess.run(clone, check=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    for name in filter(None, done.stdout.split("\0")):
        source, target = REPOSITORY / name, destination / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)

    def commit(message: str) -> None:
        subprocess.run([*git, "add", "--all"], check=True)
        command = [*git, "commit", "--quiet", "--allow-empty", "-m", message]
        subprocess.run(command, check=True, env={**os.environ, **IDENTITY})

    commit("As in the working tree")
    # `make new` renders the newest release.
    subprocess.run([*git, "tag", "--force", f"v{NEXT}"], check=True)
    newest = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout
    with (destination / "RELEASES").open("a", encoding="utf-8") as releases:
        releases.write(f"{NEXT} {newest}")
    commit("List the release")
    return destination


@cache
def ready_repository() -> Path:
    """Return such a clone in which Copier is installed. Do not change it: tests share it."""
    clone = copy_of_repository(workshop() / "ready" / "copier-flask")
    (clone / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (clone / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (clone / ".venv" / "copier").touch()
    return clone


class Terminal:
    """A shell that runs commands in a copy of this repository or a project.

    It is not interactive: questions get their defaults.
    """

    def __init__(self, home: Path, tools: Path, **variables: str) -> None:
        """Start in the folder `home`, with links to copier and uvx in `tools`."""
        self.home = self.folder = home.resolve()
        for name in ("copier", "uvx"):
            link = tools / name
            if not link.exists():
                tools.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(sys.executable).with_name(name))
        env = environment(VERSION, **IDENTITY, **variables)
        self.env = {**env, "PATH": f"{env['PATH']}:{tools}"}

    def go(self, folder: str) -> None:
        """Change the working directory."""
        self.folder = (self.folder / folder).resolve()

    def type_in(self, page: str) -> None:
        """Run every command of a page, from the current directory."""
        start = self.folder
        for folder, command in commands(page):
            self.folder = (start / folder).resolve()
            self.run(command)

    def run(self, command: str) -> None:
        """Run a command until it ends or serves, and check that it succeeds."""
        folder = self.folder
        command = command.replace("<repository>", shlex.quote(str(self.home)))
        command = command.replace("copier copy", "copier copy --defaults")
        if SERVERS.match(command):
            self._serve(command)
            return
        if folder == self.home and command.startswith(TOO_LONG):
            command = command.replace("make", "make --dry-run", 1)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == STATUS.get(command, 0), (
            f"{command} in {folder} ended with {done.returncode}:\n{done.stdout[-8000:]}"
        )

    def _serve(self, command: str) -> None:
        folder = self.folder
        port = str(free_port())
        log = folder.parent / f"{folder.name}-{port}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-c", PORT.sub(port, command)],
                cwd=folder,
                env={**self.env, "PORT": port},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            path = "/api/v1/posts" if [*folder.glob("src/*/api.py")] else "/posts/"
            _wait_for_posts(f"http://127.0.0.1:{port}{path}", process)
        except AssertionError as error:
            raise AssertionError(f"{command} in {folder}: {error}\n{log.read_text()}") from None
        finally:
            # End the whole process group: make, the server, its reloader and its workers.
            _end(process)


def _wait_for_posts(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, f"ended with {process.returncode}"
        try:
            response = requests.get(url, timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
            continue
        assert response.status_code == 200, f"status {response.status_code}: {response.text}"
        assert re.search(r'"id": ?\d|/posts/\d+"', response.text), "there is no post"
        return
    raise AssertionError("no response")


def _end(process: subprocess.Popen[bytes]) -> None:
    # Like Ctrl-C first, so that child processes end with the server.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def targets(makefile: Path) -> set[str]:
    """Return the targets that `make help` lists."""
    text = makefile.read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*##", text, re.MULTILINE))


def called_targets(command: str) -> list[str]:
    """Return the make targets of a command: `make test lint PORT=1` gives test and lint."""
    found: list[str] = []
    for part in command.split("&&"):
        words: Mapping[int, str] = dict(enumerate(shlex.split(part, comments=True)))
        if words.get(0) == "make":
            found += [w for i, w in words.items() if i and "=" not in w and not w.startswith("-")]
    return found
