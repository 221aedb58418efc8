"""Every project of the covering set: installed, linted, type-checked, tested and booted."""

import re
import shutil
import time

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import rows
from tests.support.needs import missing
from tests.support.projects import run
from tests.support.questions import reserved_names
from tests.support.servers import Server, running

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize("project", rows(), ids=lambda row: row.id, indirect=True),
]

DEVELOPMENT_URL = "http://127.0.0.1:5000"
STATUS = {"POST": "201", "DELETE": "204"}
PACKAGE_NAME = "[a-z]([a-z0-9_]*[a-z0-9])?"


def test_lint(project: Installed) -> None:
    run(["make", "lint"], project.folder, project.env)


def test_types(project: Installed) -> None:
    run(["make", "types"], project.folder, project.env)


def test_its_own_suite(project: Installed) -> None:
    printed = run(["make", "test"], project.folder, project.env).stdout
    assert " passed" in printed
    assert "skipped" not in printed


def test_the_names_of_all_installed_packages_are_reserved(project: Installed) -> None:
    """A project with the same name would replace the package."""
    code = "from importlib.metadata import packages_distributions as p; print(*p())"
    installed = run(["python", "-c", code], project.folder, project.env).stdout.split()
    names = {name for name in installed if re.fullmatch(PACKAGE_NAME, name)}
    assert {"flask", "pytest"} <= names
    assert names - set(reserved_names().split()) <= {project.answers["package_name"]}


def test_migrations_run_in_both_directions(project: Installed) -> None:
    if project.answers["data_layer"] == "none":
        assert not (project.folder / "migrations").exists()
        return
    for arguments in ("upgrade", "downgrade base", "upgrade"):
        project.flask("db", *arguments.split())
    if project.answers["data_layer"] == "raw-sql":
        assert "(head)" in project.flask("db", "current")
    else:  # fails if the models differ from the migrations
        project.flask("db", "check")


def test_its_server_responds(server: Server, project: Installed) -> None:
    live = requests.get(f"{server.url}/health", timeout=60)
    assert (live.status_code, live.json()["status"]) == (200, "ok")
    ready = server.wait_until_ready()
    assert (ready.status_code, ready.json()["status"]) == (200, "ok"), ready.text
    sample = "hello" if project.answers["data_layer"] == "none" else "posts"
    if project.answers["interface"] != "pages":
        links = requests.get(f"{server.url}/api/v1/", timeout=60).json()["links"]
        assert sample in links
        for link in links.values():
            assert requests.get(server.url + link, timeout=60).status_code == 200
    if project.answers["interface"] != "api":
        page = requests.get(server.url, timeout=60)
        assert (page.status_code, page.url) == (200, f"{server.url}/")
        assert f'href="/{sample}/"' in page.text


def test_a_project_of_pages_has_no_api(server: Server, project: Installed) -> None:
    if project.answers["interface"] != "pages":
        return
    for path in ("/api/v1/", "/api/v1/posts", "/api/v1/hello", "/api/v1/openapi.json"):
        response = requests.get(server.url + path, timeout=60)
        assert (response.status_code, response.headers["Content-Type"]) == (
            404,
            "text/html; charset=utf-8",
        )


def test_its_endpoints_page_has_a_command_for_each(server: Server, project: Installed) -> None:
    if not shutil.which("curl"):
        missing("curl", "apt-get install curl")
    project.sync()
    page = (project.folder / "docs/endpoints.md").read_text(encoding="utf-8")
    created, called = "", set()  # the address of the post that the page itself creates
    for command in re.findall(r"^curl .*$", page, re.MULTILINE):
        here = re.sub(rf"{DEVELOPMENT_URL}/api/v1/posts/1$", created, command).replace(
            DEVELOPMENT_URL, server.url
        )
        printed = run(["bash", "-c", f"{here} --silent --include"], project.folder, project.env)
        status = re.match(r"HTTP/1.1 (\d+) ", printed.stdout)
        method = "GET"
        if words := re.search(r"--request (\w+)|--json", command):
            method = words[1] or "POST"
        assert status, f"{here}\n{printed.stdout}"
        assert status[1] == STATUS.get(method, "200"), f"{here}\n{printed.stdout}"
        if location := re.search(r"^Location: (\S+)", printed.stdout, re.MULTILINE | re.IGNORECASE):
            created = DEVELOPMENT_URL + location[1]
        path = command.partition(DEVELOPMENT_URL)[2].rstrip('"').partition("?")[0]
        called.add((method, re.sub(r"/\d+(?=/|$)", "/<id>", path)))
    assert called == endpoints(project)


def endpoints(project: Installed) -> set[tuple[str, str]]:
    """The method and path of each endpoint of JSON, and the path of each page without an id."""
    table = project.flask("routes").splitlines()[2:]
    found = set()
    for line in table:
        _, methods, rule = re.split(r"  +", line.strip())
        if rule.endswith(("<path:filename>", ".js")):
            continue
        if rule.startswith(("/api/", "/health")):
            path = re.sub(r"<id:\w+>", "<id>", rule)
            found |= {(method, path) for method in methods.split(", ")}
        elif "<" not in rule:
            found.add(("GET", rule))
    return found


def test_it_stops_on_sigterm(project: Installed) -> None:
    for command in (project.serve, ["flask", "run"]):
        with running(command, project.folder, project.env_to_serve(command)) as server:
            began = time.monotonic()
            assert server.stop() == 0, server.log.read_text()
            assert time.monotonic() - began < 25  # gunicorn kills its workers after 30


def test_python_wsgi_py_serves(project: Installed) -> None:
    command = ["python", "wsgi.py"]
    with running(command, project.folder, project.env_to_serve(command)) as server:
        assert requests.get(server.url, timeout=60).status_code == 200
