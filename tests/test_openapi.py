"""The OpenAPI document is true: Schemathesis sends requests to a project, and checks its responses."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.servers import Server

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
OPTIONS = {
    "phases": "examples,coverage,fuzzing",
    "max-examples": "100",
    "seed": "1",
    "generation-database": "none",
}


OF_MARSHMALLOW = row_with(api_framework="apiflask", validation="marshmallow")
pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project", [row_with(preset="api"), OF_MARSHMALLOW], ids=lambda row: row.id, indirect=True
    ),
]


def test_the_root_leads_to_the_page(server: Server, project: Installed) -> None:
    """With pages, the start page is at the root."""
    path = "/" if project.answers["interface"] == "both" else "/api/v1/docs"
    assert requests.get(server.url, timeout=60).url == server.url + path


def test_every_response_is_documented(server: Server, project: Installed, tmp_path: Path) -> None:
    """The document itself is valid, and there is no server error."""
    project.sync()
    command = [str(SCHEMATHESIS), "run", f"{server.url}/api/v1/openapi.json", "--no-color"]
    command += [f"--{name}={value}" for name, value in OPTIONS.items()]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    operations = 9 if project.answers["external_api"] == "true" else 6
    assert f"Tested: {operations}" in done.stdout
    assert "WARNINGS" not in done.stdout, done.stdout
    # A limit on requests would hide what the views respond with.
    assert '"status": 429' not in server.log.read_text(encoding="utf-8")
