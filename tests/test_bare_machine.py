"""This repository's tests on a machine that has only Python, git and make."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.bare import bare_environment
from tests.support.matrix import answer, rows
from tests.support.projects import VERSION, patiently, workshop
from tests.support.terminal import copy_of_repository

pytestmark = pytest.mark.project

LINT = "tests/test_projects.py::test_lint"


@pytest.fixture(scope="module")
def bare() -> Iterator[Path]:
    """The folder of such a machine: `bin`, `home`, and a clone of this repository."""
    folder = workshop() / "bare-suite"
    copy_of_repository(folder / "copier-flask")
    yield folder
    shutil.rmtree(folder)


def row_with(rule: Callable[[dict[str, str]], bool]) -> str:
    """Return the id of the first project of the covering set whose answers satisfy the rule."""
    names = ("python", "database", "package_manager")
    return next(row.id for row in rows() if rule({name: answer(row, name) for name in names}))


def test_missing_programs_skip_tests_with_a_hint_and_fail_in_ci(bare: Path) -> None:
    env = bare_environment(bare)

    def make(target: str, *tests: str, **variables: str) -> subprocess.CompletedProcess[str]:
        quoted = " ".join(f"'{test}'" for test in tests)
        return subprocess.run(
            ["make", target, "WORKERS=1", f"ARGS={quoted}"],
            cwd=bare / "copier-flask",
            env=env | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def collect() -> None:
        done = make("test", "--collect-only", "--quiet")
        assert done.returncode == 0, done.stdout + done.stderr

    def on_file(answers: dict[str, str]) -> bool:
        return answers["database"] in {"none", "sqlite"} and answers["package_manager"] == "uv"

    patiently(collect)
    own = row_with(lambda a: a["python"] == VERSION and on_file(a))
    other = row_with(lambda a: a["python"] != VERSION and on_file(a))
    postgresql = row_with(lambda a: a["database"] == "postgresql")
    mysql = row_with(lambda a: a["database"] == "mysql")
    lacking = [f"{LINT}[{row}]" for row in (other, postgresql, mysql)]
    lacking.append("tests/test_kubernetes.py::test_kubectl_renders_the_manifests_unchanged")

    done = make("test", f"{LINT}[{own}]", *lacking)
    assert done.returncode == 0, done.stdout + done.stderr
    _, _, left_out = done.stdout.partition("left out on this machine")
    assert "    1 test: needs Python 3." in left_out
    assert "    1 test: needs a postgresql server: set TEST_POSTGRES_URL" in left_out
    assert "    1 test: needs a mysql server: set TEST_MYSQL_URL" in left_out
    assert " tests: needs kubectl" in left_out
    assert left_out.count(": needs ") == 4
    assert "1 passed" in left_out

    done = make("test-containers", "tests/test_containers.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "needs Docker" in done.stdout

    done = make("test", *lacking, CI="true")
    assert done.returncode != 0
    assert "passed" not in done.stdout
    assert "skipped" not in done.stdout
    assert "3 errors" in done.stdout
