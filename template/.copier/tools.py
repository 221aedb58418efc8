"""Provide the tools that the Makefile runs, on a machine that may have Python alone.

    python3 .copier/tools.py "copier>=9.19"    print where Copier is, installed where it is missing
    python3 .copier/tools.py venv              make .venv, the environment of this project

A tool on PATH is used when it is recent enough. Otherwise it is installed into .tools/, which git
ignores, and found there the next time. Old Pythons run this file too, and are refused in one line:
keep to the syntax of Python 3.6.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(wanted: str) -> None:
    """Print where a tool is, or make the environment of this project."""
    if wanted == "venv":
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        found = re.search(r'^requires-python = ">=([\d.]+)', text, re.MULTILINE)
        require_python(found.group(1) if found else "3.11")
        require_venv()
        make_environment(ROOT / ".venv")
        return
    print(find_tool(wanted))


def find_tool(wanted: str, *command: str) -> str:
    """Return the program of a tool (`copier>=9.19`), which is installed where it is missing.

    With a `command` that the user has named for it, nothing is installed: exit when it does not run.
    """
    name, _, oldest = wanted.partition(">=")
    problem = problem_with(name, oldest, *(command or [name]))
    if not problem:
        return command[0] if command else shutil.which(name) or name
    if command:
        sys.exit(f"{problem}. Install it: pipx install {name}")
    folder = ROOT / ".tools" / name
    program = program_of(folder, name)
    # Written last, so an interrupted installation has none.
    ready = folder / "ready"
    if not ready.exists() or problem_with(name, oldest, program):
        require_python("3.11")
        require_venv()
        print(f"{problem}: installing it into .tools/{name}", file=sys.stderr, flush=True)
        install(wanted, folder)
        ready.touch()
    return program


def program_of(environment: Path, name: str) -> str:
    """Return the path of a program in a virtual environment."""
    windows = os.name == "nt"
    return str(environment / ("Scripts" if windows else "bin") / (name + ".exe" * windows))


def problem_with(name: str, oldest: str, *command: str) -> str:
    """Return why a command cannot be used as the tool `name`, or an empty text."""
    shown = " ".join(command)
    if not shutil.which(command[0]):
        return f"{shown} is missing"
    done = subprocess.run(  # noqa: S603 (the user's own tool)
        [*command, "--version"],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    found = re.match(name + r"\D*(\d+(\.\d+)+)", done.stdout.decode(), re.IGNORECASE)
    if done.returncode or not found:
        return f"{shown} does not run as {name}"
    if is_older(found.group(1), oldest):
        return f"{shown} is version {found.group(1)}, but {oldest} or newer is needed"
    return ""


def require_python(oldest: str) -> None:
    """Exit with the cure when this Python is too old."""
    version = python_version()
    if is_older(version, oldest):
        sys.exit(
            f"Python {version} is too old, {oldest} or newer is needed. "
            f"Name another one after the target: PYTHON=python{oldest}"
        )


def require_venv() -> None:
    """Exit with the cure when this Python cannot make a virtual environment."""
    version = python_version()
    if not (find_spec("venv") and find_spec("ensurepip")):
        minor = version.rpartition(".")[0]
        sys.exit(
            f"Python {version} cannot make a virtual environment. "
            f"On Debian and Ubuntu install what it lacks: sudo apt install python{minor}-venv"
        )


def python_version() -> str:
    return ".".join(str(number) for number in sys.version_info[:3])


def make_environment(folder: Path) -> None:
    """Make a virtual environment; what was in the folder before is deleted."""
    said = run(sys.executable, "-m", "venv", "--clear", str(folder))
    if said:
        sys.exit(f"{folder} could not be made: {said}")


def install(wanted: str, folder: Path) -> None:
    """Install a tool into an environment of its own, away from the dependencies of others."""
    make_environment(folder)
    python = program_of(folder, "python")
    options = ["--quiet", "--no-compile", "--disable-pip-version-check"]
    said = run(python, "-m", "pip", "install", *options, wanted)
    if said:
        sys.exit(
            f"{folder.name} could not be downloaded ({said}). "
            f"Check the network and try again, or install {folder.name} yourself."
        )


def run(*command: str) -> str:
    """Run a command; return the last line that it printed when it failed, or an empty text."""
    done = subprocess.run(  # noqa: S603 (the callers above)
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return "" if done.returncode == 0 else lines[-1] if lines else f"status {done.returncode}"


def is_older(version: str, oldest: str) -> bool:
    one, other = ([int(number) for number in text.split(".")] for text in (version, oldest))
    return one < other


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
