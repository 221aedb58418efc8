"""The files for VS Code: debug configurations, tasks, settings and the dev container."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.containers import docker, need_engine, rendered_alone
from tests.support.debugger import attached, launched
from tests.support.installed import Installed
from tests.support.matrix import Row, answer, row_for, row_with, rows
from tests.support.npm import installed_from_npm
from tests.support.projects import patiently, render, rendered, run
from tests.support.servers import free_port, running
from tests.support.terminal import blocks, targets
from tests.test_questions import TAKEN_TEXTS

WITH_EDITOR = [row for row in rows() if answer(row, "editor") == "vscode"]
ROWS = pytest.mark.parametrize("row", WITH_EDITOR, ids=lambda row: row.name)
ANY = WITH_EDITOR[0]


def read(project: Path, name: str) -> Any:
    return json.loads((project / name).read_text(encoding="utf-8"))


# --- The files --------------------------------------------------------------------------------


@ROWS
def test_tasks_call_make(row: Row) -> None:
    project = rendered(row.answers)
    called = []
    for task in read(project, ".vscode/tasks.json")["tasks"]:
        assert (task["type"], task["command"]) == ("process", "make")
        assert set(task["args"]) <= targets(project / "Makefile")
        called.append(" ".join(task["args"]))
    assert called == ["run", "test", "lint types"]


@ROWS
def test_every_input_of_a_configuration_is_defined(row: Row) -> None:
    launch = read(rendered(row.answers), ".vscode/launch.json")
    asked = {f"${{input:{question['id']}}}" for question in launch["inputs"]}
    used = {word for found in launch["configurations"] for word in found.get("args", [])}
    assert {word for word in used if word.startswith("${input")} == asked


def test_the_page_has_every_configuration() -> None:
    project = rendered(ANY.answers)
    page = (project / "docs/vscode.md").read_text(encoding="utf-8")
    for configuration in read(project, ".vscode/launch.json")["configurations"]:
        assert f"\n| {configuration['name']} | " in page


def test_git_has_the_files_of_the_editor(tmp_path: Path) -> None:
    project = render(ANY.answers, tmp_path / "project")
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    for folder in (".vscode", ".devcontainer"):
        for path in (project / folder).iterdir():
            ignored = subprocess.run(["git", "check-ignore", path], cwd=project, check=False)
            assert ignored.returncode == 1, path


@ROWS
def test_images_have_no_files_of_the_editor(row: Row) -> None:
    path = rendered(row.answers) / ".dockerignore"
    if path.exists():
        first, *others = [
            line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")
        ]
        assert first == "*"
        assert not [line for line in others if line.startswith(("!.vscode", "!.devcontainer"))]


@pytest.mark.parametrize("kind", TAKEN_TEXTS)
def test_the_name_of_the_dev_container_is_that_of_the_project(kind: str) -> None:
    project = rendered({"project_name": TAKEN_TEXTS[kind], "editor": "vscode"})
    assert read(project, ".devcontainer/devcontainer.json")["name"] == TAKEN_TEXTS[kind]


@ROWS
def test_the_dev_container_has_the_oldest_python(row: Row) -> None:
    text = (rendered(row.answers) / ".devcontainer/Dockerfile").read_text(encoding="utf-8")
    assert f"\nFROM python:{answer(row, 'python')}-slim\n" in text


def test_folders_of_one_machine_are_volumes_of_the_dev_container(tmp_path: Path) -> None:
    """The image has them with a mode for any user, and the host with its own user as the owner."""
    project = render(ANY.answers, tmp_path / "project")
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    container = read(project, ".devcontainer/devcontainer.json")
    image = (project / ".devcontainer/Dockerfile").read_text(encoding="utf-8")
    folders = {".venv", ".tools", "instance"}
    # Twice: the second time, they exist already.
    for _ in range(2):
        subprocess.run(container["initializeCommand"], shell=True, cwd=project, check=True)
        assert all((project / folder).is_dir() for folder in folders)
    assert len(container["mounts"]) == len(folders)
    for folder in folders:
        target = f",target=${{containerWorkspaceFolder}}/{folder},type=volume"
        assert [mount for mount in container["mounts"] if mount.endswith(target)]
        assert f'"$WORKSPACE/{folder}"' in image
        subprocess.run(["git", "check-ignore", "--quiet", folder], cwd=project, check=True)


def test_the_dev_container_has_the_recommended_extensions() -> None:
    project = rendered(ANY.answers)
    recommended = read(project, ".vscode/extensions.json")["recommendations"]
    container = read(project, ".devcontainer/devcontainer.json")
    # The last one opens the container.
    assert container["customizations"]["vscode"]["extensions"] == recommended[:-1]


def test_hadolint_finds_nothing_in_the_dev_container() -> None:
    dockerfile = rendered(ANY.answers) / ".devcontainer/Dockerfile"
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, dockerfile], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


# --- The debug configurations -----------------------------------------------------------------

IN_A_PROJECT = pytest.mark.parametrize(
    "project",
    [row_with(editor="vscode"), row_with(editor="vscode", data_layer="none")],
    ids=lambda row: row.id,
    indirect=True,
)


def configuration(project: Installed, name: str, **values: str) -> dict[str, Any]:
    """Return a debug configuration with its variables replaced, and with the file `.env`.

    VS Code passes the variables in that file to each program that it launches.
    """
    text = (project.folder / ".vscode/launch.json").read_text(encoding="utf-8")
    for variable, value in {"workspaceFolder": str(project.folder), **values}.items():
        text = text.replace(f"${{{variable}}}", value)
    [found] = [each for each in json.loads(text)["configurations"] if each["name"] == name]
    lines = (project.folder / ".env").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]
    env = {variable: value for variable, value in pairs if variable not in project.env}
    return {**found, **({"env": env} if found["request"] == "launch" else {})}


def interpreter(project: Installed) -> Path:
    path = read(project.folder, ".vscode/settings.json")["python.defaultInterpreterPath"]
    return Path(path.replace("${workspaceFolder}", str(project.folder)))


def line_of(path: Path, text: str) -> int:
    """Return the number of the only line with this text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if text in line]
    return number


def of_ready(project: Installed) -> dict[Path, int]:
    """Return the first line of the view of `/health/ready`."""
    path = project.folder / "src" / project.answers["package_name"] / "health.py"
    return {path: line_of(path, "def ready(") + 1}


def ask_until_it_responds(url: str) -> requests.Response:
    deadline = time.monotonic() + 120
    while True:
        try:
            return requests.get(url, timeout=60)
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.project
@IN_A_PROJECT
def test_the_application_stops_at_a_breakpoint(project: Installed) -> None:
    port = free_port()
    found = configuration(project, "Flask")
    stops = of_ready(project)
    url = f"http://127.0.0.1:{port}"
    env = project.env | {"PORT": str(port)}
    with launched(found, stops, interpreter(project), env) as debugger:
        assert ask_until_it_responds(f"{url}/health").status_code == 200
        with in_background(f"{url}/health/ready") as responses:
            assert debugger.where_it_stops() in stops.items()
        assert responses == [200]


@contextmanager
def in_background(url: str) -> Iterator[list[int]]:
    """Send a request that the debugger stops; the list has its status at the end."""
    responses: list[int] = []
    thread = threading.Thread(
        target=lambda: responses.append(requests.get(url, timeout=60).status_code)
    )
    thread.start()
    yield responses
    thread.join()


@pytest.mark.project
@IN_A_PROJECT
@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Tests in this file", "2 passed"),
        ("One test in this file", "1 passed, 1 deselected"),
    ],
)
def test_a_test_stops_at_a_breakpoint(project: Installed, name: str, printed: str) -> None:
    file = project.folder / "tests/test_editor.py"
    text = (
        "def test_one() -> None:\n    assert 6 * 7 == 42\n\n\ndef test_two() -> None:\n    pass\n"
    )
    file.write_text(text, encoding="utf-8")
    values = {"file": str(file), "input:test": "one"}
    found = configuration(project, name, **values)
    try:
        with launched(found, {file: 2}, interpreter(project), project.env) as debugger:
            assert debugger.where_it_stops() == (file, 2)
            assert debugger.event("exited")["exitCode"] == 0, debugger.output
    finally:
        file.unlink()
    assert printed in debugger.output


@pytest.mark.project
@IN_A_PROJECT
def test_the_tests_of_a_project_pass_in_the_debugger(project: Installed) -> None:
    """VS Code sets the variables of `.env`, which `make test` does not."""
    file = project.folder / "tests/test_health.py"
    found = configuration(project, "Tests in this file", file=str(file))
    with launched(found, {}, interpreter(project), project.env) as debugger:
        assert debugger.event("exited")["exitCode"] == 0, debugger.output
    assert " passed" in debugger.output


@pytest.mark.project
@IN_A_PROJECT
def test_a_running_process_stops_at_a_breakpoint(project: Installed) -> None:
    command, *_ = blocks((project.folder / "docs/vscode.md").read_text("utf-8"), "text")
    found = configuration(project, "Attach to a process on port 5678")
    assert found["connect"]["port"] == 5678
    found["connect"]["port"] = port = free_port()
    words = shlex.split(command.replace("--listen 5678", f"--listen {port}"))
    stops = of_ready(project)
    with running(words, project.folder, project.env) as server, attached(found, stops) as debugger:
        with in_background(f"{server.url}/health/ready") as responses:
            assert debugger.where_it_stops() in stops.items()
        assert responses[0] in {200, 503}  # the tables may be missing


@pytest.mark.project
@pytest.mark.parametrize(
    "project",
    [row_with(editor="vscode", tasks="celery")],
    ids=lambda row: row.id,
    indirect=True,
)
def test_a_worker_stops_at_a_breakpoint(project: Installed, tmp_path: Path) -> None:
    _, command = blocks((project.folder / "docs/vscode.md").read_text("utf-8"), "text")
    found = configuration(project, "Attach to a process on port 5678")
    found["connect"]["port"] = port = free_port()
    words = shlex.split(command.replace("--listen 5678", f"--listen {port}"))
    blueprints = project.folder / "src" / project.answers["package_name"] / "blueprints"
    path, line, task = blueprints / "posts/tasks.py", "total = ", "posts.count_posts"
    if project.answers["data_layer"] == "none":
        path, line, task = blueprints / "hello/tasks.py", "message = ", "hello.greet_all"
    stops = {path: line_of(path, line)}
    module = words[words.index("--app") + 1]
    env = project.env | {"TMPDIR": str(tmp_path)}
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            words, cwd=project.folder, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 120
        while " ready." not in log.read_text("utf-8"):
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.1)
        with attached(found, stops) as debugger:
            run(["celery", "--app", module, "call", task], project.folder, env)
            assert debugger.where_it_stops() in stops.items()
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        shutil.rmtree(project.folder / "instance/tasks")


# --- The dev container ------------------------------------------------------------------------

CLI = "@devcontainers/cli", "0.89.0"
# A Python of which this machine may have only a stand-in, and the database that refuses to run as root.
IN_CONTAINER = row_for(
    editor="vscode", python="3.13", database="postgresql", data_layer="flask-sqlalchemy"
)


@contextmanager
def dev_container(folder: Path) -> Iterator[list[str]]:
    """Create the dev container of a project, and yield the command that runs others in it.

    Docker builds and runs it in the network of the host: some machines reach the package index only
    from there.
    """
    cli = ["node", str(installed_from_npm(*CLI) / "devcontainer.js")]
    here = ["--workspace-folder", str(folder)]
    path = folder / ".devcontainer/devcontainer.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["build"]["options"] = settings["runArgs"] = ["--network=host"]
    path.write_text(json.dumps(settings), encoding="utf-8")
    label = f"--filter=label=devcontainer.local_folder={folder}"
    try:
        patiently(lambda: output_of([*cli, "up", *here, "--remove-existing-container"]))
        yield [*cli, "exec", *here]
    finally:
        for name in docker("ps", "--all", "--quiet", label).split():
            image = docker("inspect", "--format={{.Config.Image}}", name)
            docker("rm", "--force", "--volumes", name)
            for built in {image, image.removesuffix("-uid")}:
                docker("image", "rm", "--force", built)
        volumes = docker(
            "volume", "ls", "--quiet", f"--filter=name={folder.name.replace('_', '-')}-"
        )
        for volume in volumes.split():
            docker("volume", "rm", volume)


def output_of(command: list[str]) -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    return done.stdout


@pytest.mark.container
def test_the_dev_container_tests_and_serves_the_project() -> None:
    need_engine()
    with rendered_alone(IN_CONTAINER) as folder:
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        subprocess.run(["chown", "--recursive", "1000:1000", str(folder)], check=True)
        with dev_container(folder) as inside:
            assert output_of([*inside, "id", "-u", "--name"]).strip() == "vscode"
            assert output_of([*inside, "python", "--version"]).startswith("Python 3.13.")
            assert " passed" in output_of([*inside, "make", "test"])
            serve = [*inside, "make", "run", "PORT=$PORT"]
            with running(serve, folder, dict(os.environ)) as server:
                assert server.wait_until_ready().status_code == 200
            # The environment and the data of the host are its own.
            for name in (".venv", ".tools", "instance"):
                assert not any((folder / name).iterdir())
