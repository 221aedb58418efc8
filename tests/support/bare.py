"""A simulated machine with only Python, git and make, as a new user may have."""

import os
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from .projects import NETWORK, VERSION, python_for
from .terminal import IDENTITY

# Programs that are hidden: other Pythons, package managers, database servers and clients,
# containers, browsers, Node.js and compilers.
ABSENT = re.compile(
    r"python|pypy|pip|uv|poetry|pdm|hatch|conda|copier|pre-commit|ruff|mypy|pytest|flask|alembic"
    r"|psql|pg_|postgres|mysql|mariadb|sqlite|redis|rabbitmq"
    r"|docker|podman|kube|chrom|node|npm|npx|corepack|cargo|rust"
    r"|(.*-)?(gcc|g\+\+|cc|c\+\+|clang|cpp)(-|$|\d)"
)


def bare_environment(folder: Path, only: Collection[str] = ()) -> dict[str, str]:
    """Return the environment of a shell on such a machine, with PATH and HOME in `folder`.

    PATH has Python and every program of this machine that is not ABSENT, or only those in `only`.

    The only Python is the one that runs these tests. git has a name and an e-mail address. The
    caches of uv and pip are shared with this machine, to save time.
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
        # A wrapper, because Python could not find its standard library through a link.
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
