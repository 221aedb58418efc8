"""Every project of the covering set: installed, linted, type-checked, tested and booted."""

import time

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import rows
from tests.support.projects import run
from tests.support.servers import Server, running

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize("project", rows(), ids=lambda row: row.id, indirect=True),
]


def test_lint(project: Installed) -> None:
    run(["make", "lint"], project.folder, project.env)


def test_types(project: Installed) -> None:
    run(["make", "types"], project.folder, project.env)


def test_its_own_suite(project: Installed) -> None:
    printed = run(["make", "test"], project.folder, project.env).stdout
    assert " passed" in printed
    assert "skipped" not in printed


def test_the_database_follows_its_migrations(project: Installed) -> None:
    if project.answers["data_layer"] == "none":
        assert not (project.folder / "migrations").exists()
        return
    for arguments in ("upgrade", "downgrade base", "upgrade"):
        project.flask("db", *arguments.split())
    if project.answers["data_layer"] == "raw-sql":
        assert "0001 (head)" in project.flask("db", "current")
    else:  # the database is at the head, and the models ask for no more
        project.flask("db", "check")


def test_its_server_answers(server: Server, project: Installed) -> None:
    live = requests.get(f"{server.url}/health", timeout=10)
    assert (live.status_code, live.json()["status"]) == (200, "ok")
    ready = requests.get(f"{server.url}/health/ready", timeout=10)
    assert (ready.status_code, ready.json()["status"]) == (200, "ok"), ready.text
    links = requests.get(f"{server.url}/api/v1/", timeout=10).json()["links"]
    assert ("hello" if project.answers["data_layer"] == "none" else "posts") in links
    for link in links.values():
        assert requests.get(server.url + link, timeout=10).status_code == 200


def test_it_ends_when_told_to(project: Installed) -> None:
    for command in (project.serve, ["flask", "run"]):
        with running(command, project.folder, project.env_to_serve(command)) as server:
            began = time.monotonic()
            assert server.stop() == 0, server.log.read_text()
            assert time.monotonic() - began < 10


def test_python_wsgi_py_serves_too(project: Installed) -> None:
    command = ["python", "wsgi.py"]
    with running(command, project.folder, project.env_to_serve(command)) as server:
        assert requests.get(f"{server.url}/api/v1/", timeout=10).status_code == 200
