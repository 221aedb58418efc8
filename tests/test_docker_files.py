"""The Docker files of projects, without running them; `tests/test_containers.py` does."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.matrix import Row, answer, rows
from tests.support.projects import rendered


def lines_of(row: Row, path: str) -> list[str]:
    return (rendered(row.answers) / path).read_text(encoding="utf-8").splitlines()


IN_CONTAINERS = pytest.mark.parametrize(
    "row", [row for row in rows() if answer(row, "container") != "none"], ids=lambda row: row.name
)
COMPOSED = pytest.mark.parametrize(
    "row", [row for row in rows() if answer(row, "container") == "compose"], ids=lambda r: r.name
)


def here(folder: Path, pattern: str) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.glob(pattern)}


@IN_CONTAINERS
def test_dockerignore_admits_every_needed_file_that_exists(row: Row) -> None:
    project = rendered(row.answers)
    named = {line[1:] for line in lines_of(row, ".dockerignore") if line.startswith("!")}
    lock = {"uv": "uv.lock", "pip": "requirements.txt", "poetry": "poetry.lock"}
    assert {name for name in named if not (project / name).exists()} == {
        lock[answer(row, "package_manager")]  # made by `make setup`
    }
    needed = ["src", "wsgi.py", "gunicorn.conf.py", "migrations"]
    assert {name for name in needed if (project / name).exists()} <= named


@IN_CONTAINERS
def test_the_image_uses_a_supported_python(row: Row) -> None:
    """It is 3.13, for which all wheels exist, unless the project requires 3.14."""
    python = {"3.14": "3.14"}.get(answer(row, "python"), "3.13")
    first = next(line for line in lines_of(row, "Dockerfile") if line.startswith("FROM"))
    assert first == f"FROM python:{python}-slim AS base"


@IN_CONTAINERS
def test_health_checks_run_twice_a_second_during_startup(row: Row) -> None:
    """Docker waits one interval before its first check, which delays `--wait` and a rollout."""
    checked = [line for line in lines_of(row, "Dockerfile") if line.startswith("HEALTHCHECK")]
    assert len(checked) == (answer(row, "server") != "flask")
    assert all("--start-period=60s --start-interval=0.5s" in line for line in checked)
    if answer(row, "nginx") == "true":
        nginx = "\n".join(lines_of(row, "deploy/compose/compose.nginx.yaml"))
        check = yaml.safe_load(nginx)["services"]["nginx"]["healthcheck"]
        assert (check["start_period"], check["start_interval"]) == ("10s", "0.5s")


@IN_CONTAINERS
def test_a_project_with_a_server_has_a_production_image(row: Row) -> None:
    text = "\n".join(lines_of(row, "Dockerfile"))
    targets = re.findall(r"(?m)^FROM \S+ AS (\S+)", text)
    served = answer(row, "server") != "flask"
    assert targets == ["base", "build", "dev", *(["prod"] if served else [])]
    assert set(re.findall(r"--target (\w+)", text)) == {"dev", *(["prod"] if served else [])}


def services(row: Row) -> dict[str, Any]:
    """Return the services that `compose.yaml` starts, by name, and `base`, which they extend."""
    found: dict[str, Any] = {}
    for path in (rendered(row.answers) / "deploy/compose").glob("*.yaml"):
        if path.name != "compose.https.yaml":
            found |= yaml.safe_load(path.read_text(encoding="utf-8")).get("services", {})
    return found


@COMPOSED
def test_compose_includes_all_its_files(row: Row) -> None:
    compose = yaml.safe_load("\n".join(lines_of(row, "compose.yaml")))
    # Other files extend the first one, and the user includes the second one by hand.
    own = {f"deploy/compose/compose.{name}.yaml" for name in ("base", "https")}
    assert set(compose["include"]) == here(rendered(row.answers), "deploy/compose/*.yaml") - own


@COMPOSED
def test_logs_do_not_fill_the_disk(row: Row) -> None:
    for name, service in services(row).items():
        extended = services(row)[service["extends"]["service"]] if "extends" in service else {}
        assert (extended | service)["logging"] == {"driver": "local"}, name


@COMPOSED
def test_shellcheck_finds_nothing(row: Row) -> None:
    if answer(row, "nginx") == "true":
        script = rendered(row.answers) / "deploy/rollout"
        assert os.access(script, os.X_OK)
        done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
        assert done.stdout == ""


@COMPOSED
def test_only_one_service_publishes_a_port(row: Row) -> None:
    published = {name for name, service in services(row).items() if "ports" in service}
    assert published == {"nginx" if answer(row, "nginx") == "true" else "web"}


@COMPOSED
def test_the_application_trusts_only_nginx(row: Row) -> None:
    trusted = services(row)["web"]["environment"]["TRUSTED_PROXIES"]
    number = "1" if answer(row, "nginx") == "true" else "0"
    assert trusted == f"${{TRUSTED_PROXIES:-{number}}}"


@COMPOSED
def test_the_application_starts_after_its_migrations(row: Row) -> None:
    waits_for = services(row)["web"].get("depends_on", {})
    has_database = answer(row, "data_layer") != "none"
    ended = {"migrate": {"condition": "service_completed_successfully"}}
    assert waits_for == (ended if has_database else {})


@COMPOSED
def test_migrations_start_after_the_database(row: Row) -> None:
    if answer(row, "data_layer") != "none":
        waits_for = services(row)["migrate"].get("depends_on", {})
        database = answer(row, "database")
        healthy = {database: {"condition": "service_healthy"}}
        assert waits_for == (healthy if database in {"postgresql", "mysql"} else {})


@COMPOSED
def test_the_application_gets_the_address_of_its_database(row: Row) -> None:
    base, database = services(row)["base"], answer(row, "database")
    url = base["environment"].get("DATABASE_URL", "")
    if database in {"postgresql", "mysql"}:
        assert url.startswith(f"{database}://app:${{DATABASE_PASSWORD:?")
        assert url.endswith(f"@{database}/app")
    else:
        assert url == ""
    assert base.get("volumes") == (["instance:/app/instance"] if database == "sqlite" else None)


@COMPOSED
def test_every_volume_is_declared_and_used(row: Row) -> None:
    declared, used = set(), set()
    for path in (rendered(row.answers) / "deploy/compose").glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        declared |= set(content.get("volumes", {}))
        for service in content.get("services", {}).values():
            named = [volume for volume in service.get("volumes", []) if isinstance(volume, str)]
            used |= {volume.split(":")[0] for volume in named if volume[0].isalpha()}
    assert declared == used
