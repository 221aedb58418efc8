"""Render, install and run generated projects.

A rendered project is cached while the tests run, and shared by all tests that only read it.
"""

import atexit
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar

import copier
import yaml

from .needs import missing
from .questions import REPOSITORY, as_text, questions

Answers = Mapping[str, str]

NAMED = {"project_name": "My Flask App"}
"""The project name that the tests use. The template's default is the name of the folder."""
T = TypeVar("T")

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The version of the Python that runs these tests, the only one that every machine has."""

# The PATH of a project: the tools of the machine, without the environment of this repository, whose
# pytest or mypy would hide that a project lacks them. As root, the embedded PostgreSQL creates a
# user with a program in /usr/sbin.
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin"


# Variables of every user's shell. Others could hide that a project lacks a setting.
KEPT = {"HOME", "LANG", "TMPDIR", "CI", "USER", "DOCKER_HOST"}

# Settings by which this machine reaches the package index.
NETWORK = re.compile(
    r"PIP_(CERT|INDEX|EXTRA|FIND_LINKS|DEFAULT_TIMEOUT|CACHE_DIR)|SSL_|\w+_CA_BUNDLE$"
    r"|UV_(INDEX|DEFAULT_INDEX|NATIVE_TLS|CACHE_DIR)|\w*_proxy$",
    re.IGNORECASE,
)


@cache
def workshop() -> Path:
    """Return a folder for temporary files, which is deleted when this process ends.

    It is in memory if possible, because pip takes twice as long on a disk.
    """
    shared = Path("/dev/shm")
    usable = (
        os.access(shared, os.W_OK)
        and not os.statvfs(shared).f_flag & os.ST_NOEXEC
        and shutil.disk_usage(shared).free > 4 * 2**30
    )
    folder = Path(tempfile.mkdtemp(prefix="copier-flask-", dir=shared if usable else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def template() -> Path:
    """Return a copy of the template in the working tree, without history, which renders fast."""
    copy = workshop() / "template"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(
        [*listing, "copier.yml", "template", "options"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, files.stdout.split("\0")):
        if (REPOSITORY / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, copy / name)
    return copy


def render(answers: Answers, destination: Path) -> Path:
    """Generate a project. Raise `ValueError` for a refused answer or an unknown question."""
    unknown = set(answers) - set(questions())
    if unknown:  # Copier would silently ignore it
        raise ValueError(f"no such question: {', '.join(sorted(unknown))}")
    copier.run_copy(
        str(template()),
        destination,
        data=dict(answers),
        user_defaults=NAMED,
        defaults=True,
        quiet=True,
        unsafe=False,
    )
    return destination


def rendered(answers: Answers) -> Path:
    """Return a project with these answers. Do not change it: tests share it."""
    return _rendered(json.dumps(dict(answers), sort_keys=True))


@cache
def _rendered(key: str) -> Path:
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    return render(json.loads(key), workshop() / "rendered" / name)


def stored_answers(answers: Answers) -> dict[str, str]:
    """Return all answers that a project generated with these answers stores."""
    return dict(_stored_answers(json.dumps(dict(answers), sort_keys=True)))


@cache
def _stored_answers(key: str) -> dict[str, str]:
    text = (_rendered(key) / ".copier-answers.yml").read_text(encoding="utf-8")
    stored: dict[str, Any] = yaml.safe_load(text)
    return {name: as_text(value) for name, value in stored.items() if not name.startswith("_")}


def contents(project: Path) -> dict[str, bytes]:
    """Return every file of a project by its path."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


def python_for(version: str) -> Path | None:
    """Return an interpreter of this version (`3.13`), if the machine has one that works."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(str(p) for p in pyenv.glob(f"versions/{version}.*/bin/python"))
    for candidate in filter(None, candidates):
        found = subprocess.run(
            # Skip virtual environments, such as that of these tests, because users do not have them on PATH.
            [candidate, "-c", "import sys; print(sys._base_executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode == 0:
            return Path(found.stdout.strip())
    return None


@cache
def tools(version: str) -> Path:
    """Return a folder for the front of PATH with `python` of this version, uv and poetry."""
    python = python_for(version)
    if python is None:
        missing(f"Python {version}", f"put python{version} on PATH, or install it with pyenv")
    folder = workshop() / f"tools-{version}"
    folder.mkdir(parents=True)
    for name in ("python", "python3", f"python{version}"):
        # A wrapper, because Python could not find its standard library through a link.
        (folder / name).write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
        (folder / name).chmod(0o755)
    for name in ("uv", "poetry"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def environment(version: str, **variables: str) -> dict[str, str]:
    """Return the environment of this machine without a developer's own settings."""
    kept = {n: v for n, v in os.environ.items() if n in KEPT or NETWORK.match(n)}
    own = {
        "PATH": f"{tools(version)}:{SYSTEM_PATH}",
        # An empty settings file, as for a user without one.
        "COPIER_SETTINGS_PATH": os.environ.get("COPIER_SETTINGS_PATH", ""),
        # With a shared cache, mypy takes 1 s in a project instead of 8. All processes use this one,
        # and later runs: mypy compares the contents of files.
        "MYPY_CACHE_DIR": os.environ.get("MYPY_CACHE_DIR", f"{REPOSITORY}/.mypy_cache/projects"),
    }
    return kept | own | variables


def run(
    command: list[str], cwd: Path, env: Mapping[str, str], timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal. On failure, show its output."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, (
        f"{' '.join(command)} in {cwd} ended with {done.returncode}:\n{done.stdout[-8000:]}"
    )
    return done


# Messages of package managers about temporary failures of the index.
INDEX_FAILED = re.compile(
    "ResolutionImpossible|No matching distribution|No solution found|ReadTimeout|ConnectionError"
    "|Failed to (fetch|download)|Max retries exceeded|incomplete-download"
    r"|Package \S+ \(\S+\) not found|Package \[\S+\] not found|Expecting value: line 1 column 1 "
)


def patiently(install: Callable[[], T]) -> T:
    """Call a function that needs the package index. If the index fails, pause and retry twice."""
    for pause in (5, 30):
        try:
            return install()
        except AssertionError as failure:
            if not INDEX_FAILED.search(str(failure)):
                raise
            print(f"The index failed; again in {pause} s: {failure}")
            time.sleep(pause)
    return install()


def run_online(
    command: list[str], cwd: Path, env: Mapping[str, str], again: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that installs packages. Retry it, or the command `again`, if the index fails."""
    commands = chain([command], repeat(again or command))
    return patiently(lambda: run(next(commands), cwd, env))


def install(project: Path, env: Mapping[str, str]) -> None:
    """Install a project with its `make setup`."""
    help_poetry(project, env)
    run_online(["make", "setup"], project, env)


@cache
def _index_supports_poetry() -> bool:
    """Return whether the index supports both JSON requests of Poetry.

    They list the releases of a package, and the dependencies of a release. Mirrors lack the second.
    """
    import requests

    def ask(url: str) -> dict[str, Any]:
        accept = {"Accept": "application/vnd.pypi.simple.v1+json, application/json;q=0.1"}
        response = requests.get(url, headers=accept, timeout=20)
        response.raise_for_status()
        return dict(response.json())

    simple = _default_index()
    try:
        release = ask(f"{simple}flask/")["versions"][-1]
        ask(f"{simple.removesuffix('simple/')}pypi/flask/{release}/json")
    except (requests.RequestException, ValueError, LookupError):
        return False
    return True


@cache
def _default_index() -> str:
    """Return pip's default index, which is a setting of the machine."""
    from pip._internal.models.index import PyPI  # type: ignore[import-not-found,unused-ignore]

    return str(PyPI.simple_url) + "/"


def help_poetry(project: Path, env: Mapping[str, str]) -> None:
    """Configure the index in this copy of a Poetry project as one that only lists files.

    Do nothing if the index supports all requests of Poetry.
    """
    uses_poetry = "poetry" in (project / "Makefile").read_text(encoding="utf-8")
    if uses_poetry and not _index_supports_poetry():
        command = ["poetry", "source", "add", "--priority=primary", "index", _default_index()]
        run(command, project, env)
