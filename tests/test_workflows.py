"""The workflows under .github/: their targets exist, and their permissions are minimal."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.questions import REPOSITORY
from tests.support.terminal import called_targets, targets

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
EACH = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)


def content(workflow: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    return parsed


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in content(workflow)["jobs"].values() for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert WORKFLOWS


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--color=never", *WORKFLOWS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@EACH
def test_every_action_is_pinned_by_its_commit(workflow: Path) -> None:
    """A tag can be moved to other code, but a commit cannot. The comment names the version."""
    uses = re.findall(r"\buses: *(.*)", workflow.read_text(encoding="utf-8"))
    assert uses
    for line in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@EACH
def test_one_version_of_each_action(workflow: Path) -> None:
    pinned: dict[str, set[str]] = {}
    for step in steps(workflow):
        if "uses" in step:
            action, _, commit = step["uses"].partition("@")
            pinned.setdefault(action, set()).add(commit)
    assert all(len(commits) == 1 for commits in pinned.values()), pinned


@EACH
def test_every_workflow_is_read_only(workflow: Path) -> None:
    assert content(workflow)["permissions"] == {"contents": "read"}
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@EACH
def test_every_job_has_a_timeout(workflow: Path) -> None:
    for name, job in content(workflow)["jobs"].items():
        assert job["timeout-minutes"] <= 180, name


@EACH
def test_workflows_run_existing_make_targets(workflow: Path) -> None:
    known = targets(REPOSITORY / "Makefile")
    for step in steps(workflow):
        for line in step.get("run", "").splitlines():
            called = called_targets(re.sub(r"^env -u CI ", "", line))
            assert set(called) <= known, line


@pytest.mark.parametrize("target", ["test", "test-containers"])
def test_a_long_run_lists_its_slowest_tests(target: str) -> None:
    command = ["make", "--dry-run", "--silent", target]
    printed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "--durations=10" in printed.stdout
