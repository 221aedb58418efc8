"""An option is one folder: add a sample option to a clone of this repository, and run its tests.

tests/sample_option/ has the files of the option at their paths in the repository. Otherwise the
option is one line of copier.yml and the output of `make docs`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import VERSION, environment, workshop
from tests.support.questions import REPOSITORY
from tests.support.releases import commit, git
from tests.support.terminal import copy_of_repository

pytestmark = pytest.mark.project

SAMPLE = REPOSITORY / "tests/sample_option"

# A row with the option and a Python of this machine, if possible with uv, which installs fastest.
A_ROW = """
from tests.support.matrix import answer, rows
from tests.support.projects import python_for
found = [r for r in rows() if answer(r, "jotter") == "true" and python_for(answer(r, "python"))]
print(min(found, key=lambda row: answer(row, "package_manager") != "uv").id)
"""
LAST = "- !include options/pre_commit/question.yml\n"


@pytest.fixture(scope="module")
def clone() -> Path:
    """A clone of the repository with the sample option, added as CONTRIBUTING.md says."""
    folder = copy_of_repository(workshop() / "with-a-sample-option")
    shutil.copy(REPOSITORY / "RELEASES", folder)  # without the tag of the working tree
    commit(folder)
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    contents = folder / "copier.yml"
    text = contents.read_text(encoding="utf-8")
    assert LAST in text
    text = text.replace(LAST, LAST + "- !include options/jotter/question.yml\n")
    contents.write_text(text, encoding="utf-8")
    python(folder, "-m", "tests.support.manual")
    return folder


def python(folder: Path, *arguments: str) -> str:
    """Run Python in the clone, with the packages of these tests; return its output."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={
            **{n: v for n, v in os.environ.items() if not n.startswith("PYTEST_")},
            "MYPY_CACHE_DIR": environment(VERSION)["MYPY_CACHE_DIR"],
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pytest_in(folder: Path, *arguments: str) -> None:
    """Run some of the clone's tests. All of them have to pass, and none may be skipped."""
    printed = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    assert " passed" in printed, printed
    assert "skipped" not in printed, printed


def test_the_option_changes_only_copier_yml_and_generated_docs(clone: Path) -> None:
    changed = git(clone, "diff", "--name-only", "HEAD").split()
    assert changed == ["README.md", "copier.yml", "docs/questions.md"]
    assert git(clone, "diff", "--numstat", "HEAD", "copier.yml").split()[:2] == ["1", "0"]


def test_the_rendering_tests_pass(clone: Path) -> None:
    """These tests read rendered files, the covering set, the pages and their generated parts."""
    pytest_in(
        clone,
        "tests/test_matrix.py",
        "tests/test_trees.py",
        "tests/test_docs.py",
        "tests/test_questions.py::test_pytest_copie_renders_the_template",
        "-m",
        "not project",
    )


def test_its_extension_is_initialized_in_order(clone: Path) -> None:
    read = (
        "from tests.support.projects import rendered as r;"
        "print((r({'jotter': 'true'}) / 'src/my_flask_app/extensions/__init__.py').read_text())"
    )
    text = python(clone, "-c", read)
    assert re.findall('"(.+)",$', text, re.MULTILINE) == [
        "jotter",
        "redis",
        "database",
        "cors",
        "limiter",
    ]


def test_the_prompt_offers_it(clone: Path) -> None:
    pytest_in(clone, "tests/test_terminal.py", "-k", "make_new and custom and first")


def test_updates_turn_it_on_and_off(clone: Path) -> None:
    pytest_in(clone, "tests/test_updates.py", "-k", "jotter-true or jotter-false")


def test_its_project_passes_lint_types_and_suite(clone: Path) -> None:
    [name] = python(clone, "-c", A_ROW).split()
    pytest_in(clone, "tests/test_projects.py", "-k", f"{name.strip('@')} and not server")
