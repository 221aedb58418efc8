"""Pages of the manual, and a terminal that types in what stands in their console blocks."""

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

# What serves until it is stopped.
SERVERS = re.compile(
    r"make (run|serve)\b|\.venv/bin/(flask run|python wsgi\.py|gunicorn|granian)\b"
)

# Ports of the manual; others may be taken while the tests run.
PORT = re.compile(r"(?<=PORT=)8000\b|(?<=--port )8000\b")

# In development there is something to find.
STATUS = {".venv/bin/flask check-deploy": 1}

# These take minutes and would run this very test again: only whether make knows how is looked at.
# The workflow calls each of them.
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
    """A fenced part of a page: its language, and its lines without the indentation of a list."""

    language: str
    text: str


def blocks(page: str, language: str) -> list[str]:
    """The fenced parts of a page in this language (`console`, `python orm`)."""
    return [block.text for block in _blocks(page) if block.language == language]


def _blocks(page: str) -> Iterator[Block]:
    pattern = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    for indent, language, text in pattern.findall(page):
        yield Block(language.strip(), re.sub(f"^{indent}", "", text, flags=re.MULTILINE))


def without_blocks(page: str) -> str:
    """The prose of a page."""
    return re.sub(r"^( *)```.*?^\1```$", "", page, flags=re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[tuple[str, str]]:
    """The commands of a page, in order, each with the folder that it is typed in.

    A page is one session: a `cd` holds for what comes after it. The first folder is `.`.
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
    """A clone of this repository whose newest release is what is in the working tree."""
    git = ["git", "-C", str(destination)]
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(destination)], check=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    for name in filter(None, done.stdout.split("\0")):
        source, target = REPOSITORY / name, destination / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)
        else:
            target.unlink(missing_ok=True)

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
    """Such a clone in which `make new` finds Copier installed. Read it, do not change it."""
    clone = copy_of_repository(workshop() / "ready" / "copier-flask")
    (clone / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (clone / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (clone / ".venv" / "copier").touch()
    return clone


class Terminal:
    """Types commands into a shell, one after the other, in a copy of this repository or a project.

    There is nobody at it: questions get their defaults.
    """

    def __init__(self, home: Path, tools: Path, **variables: str) -> None:
        """`home` is the folder to begin in; in `tools`, links to copier and uvx are made."""
        self.home = self.folder = home.resolve()
        for name in ("copier", "uvx"):
            link = tools / name
            if not link.exists():
                tools.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(sys.executable).with_name(name))
        env = environment(VERSION, **IDENTITY, **variables)
        self.env = {**env, "PATH": f"{env['PATH']}:{tools}"}

    def go(self, folder: str) -> None:
        """`cd`: where commands are typed in from now on."""
        self.folder = (self.folder / folder).resolve()

    def type_in(self, page: str) -> None:
        """Run every command of a page, from the folder that this is in."""
        start = self.folder
        for folder, command in commands(page):
            self.folder = (start / folder).resolve()
            self.run(command)

    def run(self, command: str) -> None:
        """Run a command to its end, or until it serves, and see that it went well."""
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
            _wait_for_posts(port, process)
        except AssertionError as error:
            raise AssertionError(f"{command} in {folder}: {error}\n{log.read_text()}") from None
        finally:
            # The whole group: make, the server, its reloader and its workers.
            _end(process)


def _wait_for_posts(port: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, f"ended with {process.returncode}"
        try:
            answer = requests.get(f"http://127.0.0.1:{port}/api/v1/posts", timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
            continue
        assert answer.status_code == 200, f"answered {answer.status_code}: {answer.text}"
        assert answer.json()["items"], "there is no post"
        return
    raise AssertionError("no answer")


def _end(process: subprocess.Popen[bytes]) -> None:
    # First as Ctrl-C does, so that what runs with a server ends with it.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def targets(makefile: Path) -> set[str]:
    """The targets that `make help` lists."""
    text = makefile.read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*##", text, re.MULTILINE))


def called_targets(command: str) -> list[str]:
    """What a command asks of make: `make test lint PORT=1` gives test and lint."""
    found: list[str] = []
    for part in command.split("&&"):
        words: Mapping[int, str] = dict(enumerate(shlex.split(part, comments=True)))
        if words.get(0) == "make":
            found += [w for i, w in words.items() if i and "=" not in w and not w.startswith("-")]
    return found
