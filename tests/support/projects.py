"""Generated projects: rendering, installing and running them.

A render is kept for as long as the tests run, and shared by all who only read it.
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
import jinja2
import yaml

from .needs import missing
from .questions import REPOSITORY, as_text, questions

Answers = Mapping[str, str]

NAMED = {"project_name": "My Flask App"}
"""The default of projects that are made here: the template's is the name of the folder."""
T = TypeVar("T")

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Of the Python that runs these tests: the only one that every machine has."""

# What a project may find on PATH: the tools of the machine, and the two package managers. Not this
# repository's own environment, whose pytest or mypy would hide that a project has none. As root, the
# embedded PostgreSQL makes a user for itself, with a program of /usr/sbin.
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin"


# What every user's shell has. Nothing else may reach a project: it would hide what it lacks.
KEPT = {"HOME", "LANG", "TMPDIR", "CI", "USER"}

# How this machine reaches the package index. A user's machine does without, or has the same set.
NETWORK = re.compile(
    r"PIP_(CERT|INDEX|EXTRA|FIND_LINKS|DEFAULT_TIMEOUT|CACHE_DIR)|SSL_|\w+_CA_BUNDLE$"
    r"|UV_(INDEX|DEFAULT_INDEX|NATIVE_TLS|CACHE_DIR)|\w*_proxy$",
    re.IGNORECASE,
)


@cache
def workshop() -> Path:
    """A folder for everything made here, gone when this process ends.

    It is in memory where the machine offers that: on a disk pip takes twice as long.
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


def remember_compiled_templates() -> None:
    """Compile each text of the template once in this process: half of what a copy takes.

    Copier makes an environment for each copy, and Jinja compiles anew in each.
    """
    compile_anew = jinja2.Environment.compile
    compiled: dict[tuple[Any, ...], Any] = {}

    def compile_once(self: jinja2.Environment, source: Any, *arguments: Any, **options: Any) -> Any:
        # Environments with the same syntax share their lexer.
        syntax = (type(self), self.lexer, *sorted(self.extensions))
        key = (syntax, source, arguments, tuple(options.items()))
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *arguments, **options)
        return compiled[key]

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign]


@cache
def template() -> Path:
    """The template as it stands in the working tree, without its history: quick to render from."""
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
    """Generate a project. Raises `ValueError` for a refusal, or for a name that is no question."""
    unknown = set(answers) - set(questions())
    if unknown:  # Copier would ignore it without a word
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
    """A project with these answers, to be read and not changed."""
    return _rendered(json.dumps(dict(answers), sort_keys=True))


@cache
def _rendered(key: str) -> Path:
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    return render(json.loads(key), workshop() / "rendered" / name)


def stored_answers(answers: Answers) -> dict[str, str]:
    """All answers of a project generated with these, as it keeps them."""
    return dict(_stored_answers(json.dumps(dict(answers), sort_keys=True)))


@cache
def _stored_answers(key: str) -> dict[str, str]:
    text = (_rendered(key) / ".copier-answers.yml").read_text(encoding="utf-8")
    stored: dict[str, Any] = yaml.safe_load(text)
    return {name: as_text(value) for name, value in stored.items() if not name.startswith("_")}


def contents(project: Path) -> dict[str, bytes]:
    """Every file of a project by its path."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


def python_for(version: str) -> Path | None:
    """An interpreter of this version (`3.13`), if the machine has one that works."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(str(p) for p in pyenv.glob(f"versions/{version}.*/bin/python"))
    for candidate in filter(None, candidates):
        found = subprocess.run(
            # Not a virtual environment, such as the one of these tests: nobody has that on PATH.
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
    """A folder for the front of PATH: `python` of this version, uv and poetry, nothing else."""
    python = python_for(version)
    if python is None:
        missing(f"Python {version}", f"put python{version} on PATH, or install it with pyenv")
    folder = workshop() / f"tools-{version}"
    folder.mkdir(parents=True)
    for name in ("python", "python3", f"python{version}"):
        # A wrapper: a link would hide where the standard library is.
        (folder / name).write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
        (folder / name).chmod(0o755)
    for name in ("uv", "poetry"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def environment(version: str, **variables: str) -> dict[str, str]:
    """An environment to run a project in: the machine's, less what a developer has set."""
    kept = {n: v for n, v in os.environ.items() if n in KEPT or NETWORK.match(n)}
    own = {
        "PATH": f"{tools(version)}:{SYSTEM_PATH}",
        # An empty file of settings: as for a user who has none.
        "COPIER_SETTINGS_PATH": os.environ.get("COPIER_SETTINGS_PATH", ""),
        # mypy reads the libraries once, and not once in each project: 1 s instead of 8.
        "MYPY_CACHE_DIR": str(workshop() / "mypy"),
    }
    return kept | own | variables


def run(
    command: list[str], cwd: Path, env: Mapping[str, str], timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without a terminal; fails with what it printed."""
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


# What package managers print when the index did not have, or not send, what it had a minute before.
INDEX_FAILED = re.compile(
    "ResolutionImpossible|No matching distribution|No solution found|ReadTimeout|ConnectionError"
    "|Failed to (fetch|download)|Max retries exceeded|incomplete-download"
    r"|Package \S+ \(\S+\) not found|Package \[\S+\] not found|Expecting value: line 1 column 1 "
)


def patiently(install: Callable[[], T]) -> T:
    """Do what needs the package index; twice more, after a pause, when that failed."""
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
    """Run what installs packages, patiently; later with the command `again`, if given."""
    commands = chain([command], repeat(again or command))
    return patiently(lambda: run(next(commands), cwd, env))


def install(project: Path, env: Mapping[str, str]) -> None:
    """Install a project by its own `make setup`."""
    help_poetry(project, env)
    run_online(["make", "setup"], project, env)


@cache
def _index_answers_poetry() -> bool:
    """Whether the index answers the two questions that Poetry asks the public one, both in JSON.

    They are: which releases there are, and what one release needs. Mirrors leave out the second.
    """
    import requests

    def ask(url: str) -> dict[str, Any]:
        accept = {"Accept": "application/vnd.pypi.simple.v1+json, application/json;q=0.1"}
        answer = requests.get(url, headers=accept, timeout=20)
        answer.raise_for_status()
        return dict(answer.json())

    simple = _default_index()
    try:
        release = ask(f"{simple}flask/")["versions"][-1]
        ask(f"{simple.removesuffix('simple/')}pypi/flask/{release}/json")
    except (requests.RequestException, ValueError, LookupError):
        return False
    return True


@cache
def _default_index() -> str:
    """pip's own default index; a question of the machine, so of no file here."""
    from pip._internal.models.index import PyPI  # type: ignore[import-not-found,unused-ignore]

    return str(PyPI.simple_url) + "/"


def help_poetry(project: Path, env: Mapping[str, str]) -> None:
    """In this copy of a project that uses Poetry, name the index as one that only lists files.

    Does nothing where the index answers all that Poetry asks the public one.
    """
    uses_poetry = "poetry" in (project / "Makefile").read_text(encoding="utf-8")
    if uses_poetry and not _index_answers_poetry():
        command = ["poetry", "source", "add", "--priority=primary", "index", _default_index()]
        run(command, project, env)
