"""A machine with Python, git and make, and no other tool of ours: what a new user may have."""

import os
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from .projects import NETWORK, VERSION, python_for
from .terminal import IDENTITY

# Not there: every other Python, package managers, database servers and clients, containers,
# browsers, Node.js and compilers.
ABSENT = re.compile(
    r"python|pypy|pip|uv|poetry|pdm|hatch|conda|copier|pre-commit|ruff|mypy|pytest|flask|alembic"
    r"|psql|pg_|postgres|mysql|mariadb|sqlite|redis|rabbitmq"
    r"|docker|podman|kube|chrom|node|npm|npx|corepack|cargo|rust"
    r"|(.*-)?(gcc|g\+\+|cc|c\+\+|clang|cpp)(-|$|\d)"
)


def bare_environment(folder: Path, only: Collection[str] = ()) -> dict[str, str]:
    """The environment of a shell on such a machine; `folder` becomes its PATH and its HOME.

    Beside Python it has every program of this machine that is not ABSENT, or those in `only`.

    Its one Python is the one that runs these tests. It has git's name and address of a person, and
    the downloads of uv and pip that are there already: time is all that they save.
    """
    programs, home = folder / "bin", folder / "home"
    programs.mkdir(parents=True)
    home.mkdir()
    for directory in ("/usr/bin", "/bin", "/usr/sbin"):
        for program in Path(directory).iterdir():
            link = programs / program.name
            if only and program.name not in only:
                continue
            if not ABSENT.match(program.name) and not link.is_symlink():
                link.symlink_to(program)
    for name in ("python3", f"python{VERSION}"):
        # A wrapper: a link would hide where the standard library is.
        (programs / name).write_text(f'#!/bin/sh\nexec "{python_for(VERSION)}" "$@"\n')
        (programs / name).chmod(0o755)
    network = {name: value for name, value in os.environ.items() if NETWORK.match(name)}
    caches = {
        "UV_CACHE_DIR": _cache("uv", "cache", "dir"),
        "PIP_CACHE_DIR": _cache("pip", "cache", "dir"),
    }
    return {
        **network,
        **caches,
        **IDENTITY,
        "PATH": str(programs),
        "HOME": str(home),
        "LANG": "C.UTF-8",
    }


def _cache(*command: str) -> str:
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run([tool, *command[1:]], check=True, capture_output=True, text=True)
    return done.stdout.strip()
