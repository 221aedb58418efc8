"""Generated projects on a machine that has only Python, git and make.

Each command installs the tools it needs. If it cannot, it says in one line how to fix that.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.bare import bare_environment
from tests.support.needs import missing
from tests.support.projects import (
    SYSTEM_PATH,
    VERSION,
    environment,
    help_poetry,
    patiently,
    python_for,
    render,
    workshop,
)
from tests.support.releases import commit, git
from tests.support.servers import Server, free_port
from tests.support.terminal import copy_of_repository

pytestmark = pytest.mark.project

# All programs that `make new` and the commands of a project call, except Python.
PROGRAMS = [
    "git",
    "make",
    "bash",
    "sh",
    "awk",
    "cat",
    "chmod",
    "grep",
    "mkdir",
    "mv",
    "od",
    "rm",
    "sed",
    "touch",
    "tr",
]

MANAGERS = {"uv": "uv.lock", "pip": "requirements.txt", "poetry": "poetry.lock"}


@dataclass
class Machine:
    """A folder with a clone of this repository, and the environment of its shell."""

    folder: Path
    env: dict[str, str]
    copier: Path | None = None
    """The path of Copier, once a project has installed it."""

    def make(
        self, folder: Path, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments],
            cwd=folder,
            env=self.env | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def made(self, folder: Path, *arguments: str, **variables: str) -> str:
        """Run make, and return its output."""

        def make() -> str:
            done = self.make(folder, *arguments, **variables)
            assert done.returncode == 0, done.stdout[-8000:]
            return done.stdout

        return patiently(make)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    folder = workshop() / "bare"
    env = bare_environment(folder, PROGRAMS)
    copy_of_repository(folder / "copier-flask")
    yield Machine(folder, env)
    shutil.rmtree(folder)


@pytest.mark.parametrize("manager", MANAGERS, ids="@bare@{}".format)
def test_every_command_installs_the_tools_it_needs(machine: Machine, manager: str) -> None:
    project = machine.folder / f"shop-{manager}"
    answers = f"--data package_manager={manager}"
    machine.made(
        machine.folder / "copier-flask", "new", f"DEST={project}", f"ARGS={answers}", "REF=HEAD"
    )
    help_poetry(project, environment(VERSION))

    # The project uses its own environment, even if another one is active.
    other = machine.folder / "copier-flask/.venv"
    set_up = machine.made(project, "setup", VIRTUAL_ENV=str(other))
    said = f"{manager} is missing: installing it into .tools/{manager}"
    assert (said in set_up.splitlines()) == (manager != "pip")
    serves(project, machine.env)
    assert " passed" in machine.made(project, "test")
    if manager == "poetry":
        mine = [".tools/poetry/bin/poetry", "env", "info", "--path"]
        done = subprocess.run(
            mine, cwd=project, env=machine.env, check=True, capture_output=True, text=True
        )
        assert done.stdout == f"{project}/.venv\n", done.stderr
    # Without git, the linter would check the tools if their folder were not excluded.
    machine.made(project, "lint")

    git(project, "init", "--quiet")
    commit(project)
    up_to_date = "This project is up to date with its template.\n"
    if machine.copier is None:
        said = "copier is missing: installing it into .tools/copier\n"
        assert machine.made(project, "update-check") == said + up_to_date
        machine.copier = project / ".tools/copier"
    else:  # reuse the installation of another project, to save time
        (project / ".tools").mkdir(exist_ok=True)
        (project / ".tools/copier").symlink_to(machine.copier)
    assert machine.made(project, "update-check") == up_to_date
    assert machine.made(project, "update") in {up_to_date, "There is nothing to change.\n"}

    checks = "test" if manager == "uv" else ""
    changed = machine.made(project, "option", "SET=server=granian", f"CHECKS={checks}")
    assert "installing" not in changed
    staged = git(project, "status", "--porcelain").splitlines()
    assert [line for line in staged if line[1] != " "] == []
    if checks:
        assert f"M  {MANAGERS[manager]}" in staged
        assert "granian" in (project / MANAGERS[manager]).read_text(encoding="utf-8")


def serves(project: Path, env: dict[str, str]) -> None:
    server = Server(["make", "run"], project, env, free_port())
    try:
        server.wait(90)
        assert requests.get(f"{server.url}/api/v1/posts", timeout=60).json()["items"]
    finally:
        server.end()
        server.log.unlink()


# --- Missing tools ----------------------------------------------------------------------------

UV = "uv>=0.4.27"


@pytest.fixture
def project(machine: Machine, tmp_path: Path) -> Path:
    return render({"package_manager": "pip"}, tmp_path / "project")


def refused(done: subprocess.CompletedProcess[str], says: str) -> None:
    """Check that a command failed with one line that contains this text."""
    said = [line for line in done.stdout.splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0
    assert len(said) == 1, done.stdout
    assert says in said[0]


def find_uv(project: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Look for uv, as `make setup` does in a project that uses it."""
    return subprocess.run(
        ["python3", ".copier/tools.py", UV],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def with_program(env: dict[str, str], folder: Path, name: str, line: str) -> dict[str, str]:
    """Return the environment with an additional program first on PATH."""
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return env | {"PATH": f"{folder}:{env['PATH']}"}


def at_start(env: dict[str, str], folder: Path, line: str) -> dict[str, str]:
    """Return an environment in which every Python runs this line at startup."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"import sys\n\n{line}\n", encoding="utf-8")
    return env | {"PYTHONPATH": str(folder)}


def test_a_recent_tool_on_path_is_used(machine: Machine, project: Path, tmp_path: Path) -> None:
    env = with_program(machine.env, tmp_path / "bin", "uv", "echo uv 0.13.9 x86_64")
    done = find_uv(project, env)
    assert (done.stdout, done.stderr) == (f"{tmp_path}/bin/uv\n", "")
    assert not (project / ".tools").exists()


def test_an_old_tool_is_replaced_even_after_an_interrupted_install(
    machine: Machine, project: Path, tmp_path: Path
) -> None:
    env = with_program(machine.env, tmp_path / "bin", "uv", "echo uv 0.3.5")
    says = "uv is version 0.3.5, but 0.4.27 or newer is needed: installing it"
    installed = project / ".tools/uv/bin/uv"
    process = subprocess.Popen(
        ["python3", ".copier/tools.py", UV],
        cwd=project,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (project / ".tools/uv/bin/pip").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # The interrupted installation may look complete.
    installed.write_text("#!/bin/sh\necho uv 99.0.0\n", encoding="utf-8")
    installed.chmod(0o755)

    def install() -> None:
        done = find_uv(project, env)
        assert done.returncode == 0, done.stderr
        assert says in done.stderr
        assert done.stdout == f"{installed}\n"

    patiently(install)
    version = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("uv 0.")
    again = find_uv(project, env)
    assert (again.stdout, again.stderr) == (f"{installed}\n", "")


def test_a_missing_network_is_reported_in_one_line(machine: Machine, tmp_path: Path) -> None:
    project = render({"package_manager": "uv"}, tmp_path / "project")
    offline = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:1/",
        "PIP_RETRIES": "0",
    }
    # A program that fails is ignored. pyenv has such a program for other versions of Python.
    env = with_program(machine.env, tmp_path / "bin", "uv", "exit 127")
    done = machine.make(project, "setup", **(env | offline))
    first, *rest = done.stdout.splitlines()
    assert first == "uv does not run as uv: installing it into .tools/uv"
    assert done.returncode != 0
    assert "uv could not be downloaded" in rest[0]
    assert "Check the network" in rest[0]
    assert [line for line in rest[1:] if not line.startswith("make")] == []


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize(
    ("start", "says"),
    [
        (
            "sys.version_info = (3, 10, 13, 'final', 0)",
            "Python 3.10.13 is too old, 3.11 or newer is needed. "
            "Name another one after the target: PYTHON=python3.11",
        ),
        ("sys.modules['ensurepip'] = None", f"sudo apt install python{VERSION}-venv"),
    ],
    ids=["old", "without venv"],
)
def test_an_unusable_python_is_reported_with_a_fix(
    machine: Machine, tmp_path: Path, manager: str, start: str, says: str
) -> None:
    project = render({"package_manager": manager}, tmp_path / "project")
    env = at_start(machine.env, tmp_path / "site", start)
    for _ in range(2):
        refused(machine.make(project, "setup", **env), says)
        assert not (project / ".venv").exists()
        assert not (project / ".tools").exists()


def test_setup_requires_the_python_of_the_project(machine: Machine, tmp_path: Path) -> None:
    newest = "3.14"
    project = render({"package_manager": "pip", "python": newest}, tmp_path / "project")
    env = at_start(machine.env, tmp_path / "site", "sys.version_info = (3, 13, 1, 'final', 0)")
    refused(machine.make(project, "setup", **env), f"3.13.1 is too old, {newest} or newer")


def test_uv_needs_no_installed_python(machine: Machine, tmp_path: Path) -> None:
    project = render({"package_manager": "uv"}, tmp_path / "project")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).symlink_to(machine.folder / "bin" / name)
    (folder / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    # Use this Python instead of downloading one.
    fetched = {"UV_PYTHON": str(python_for(VERSION))}
    machine.made(project, "setup", PATH=str(folder), **fetched)
    assert (project / ".venv/ready").exists()
    assert not (project / ".tools").exists()


@pytest.mark.parametrize("manager", MANAGERS)
def test_a_read_only_folder_is_reported(manager: str) -> None:
    as_nobody = []
    if os.geteuid() == 0:  # root can write everywhere
        if not shutil.which("setpriv"):
            missing("setpriv", "install util-linux, or run the tests as another user")
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with tempfile.TemporaryDirectory(dir="/tmp") as parent:
        project = render({"package_manager": manager}, Path(parent) / "project")
        for folder in (Path(parent), project):
            folder.chmod(0o555)
        for target in ("setup", ".env"):
            done = subprocess.run(
                [*as_nobody, "make", target],
                cwd=project,
                env={"PATH": SYSTEM_PATH, "HOME": "/nonexistent"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            refused(done, f"You cannot write to {project}: become its owner, or work in a copy")
        for folder in (Path(parent), project):
            folder.chmod(0o755)
