"""An option is one folder: a sample option is added to a clone of this repository, and it holds.

tests/sample_option/ has its files, where they belong in the repository. Beside these, the option is
one line of copier.yml and what `make docs` writes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import workshop
from tests.support.questions import REPOSITORY
from tests.support.releases import commit, git
from tests.support.terminal import copy_of_repository

pytestmark = pytest.mark.project

SAMPLE = REPOSITORY / "tests/sample_option"
LAST = "- !include options/pre_commit/question.yml\n"


@pytest.fixture(scope="module")
def clone() -> Path:
    """The repository with the sample option, as CONTRIBUTING.md says."""
    folder = copy_of_repository(workshop() / "with-a-sample-option")
    shutil.copy(REPOSITORY / "RELEASES", folder)  # without that of the working tree
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
    """Run Python in the clone, with the packages of these tests; return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={n: v for n, v in os.environ.items() if not n.startswith("PYTEST_")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pytest_in(folder: Path, *arguments: str) -> None:
    """Run some of the clone's tests. All of them have to be there, and to pass."""
    printed = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    assert " passed" in printed, printed
    assert "skipped" not in printed, printed


def test_it_edits_the_contents_page_and_what_make_docs_writes_alone(clone: Path) -> None:
    changed = git(clone, "diff", "--name-only", "HEAD").split()
    assert changed == ["README.md", "copier.yml", "docs/questions.md"]
    assert git(clone, "diff", "--numstat", "HEAD", "copier.yml").split()[:2] == ["1", "0"]


def test_what_is_rendered_holds(clone: Path) -> None:
    """Both renders, off means gone, the covering set, the pages and the generated parts."""
    pytest_in(
        clone,
        "tests/test_matrix.py",
        "tests/test_trees.py",
        "tests/test_docs.py",
        "tests/test_questions.py::test_pytest_copie_renders_the_template",
        "-m",
        "not project",
    )


def test_the_prompt_asks_it(clone: Path) -> None:
    pytest_in(clone, "tests/test_terminal.py", "-k", "make_new and custom and first")


def test_it_is_switched_on_and_off_again(clone: Path) -> None:
    pytest_in(clone, "tests/test_updates.py", "-k", "jotter-true or jotter-false")


def test_its_project_passes_lint_types_and_suite(clone: Path) -> None:
    row = (
        "from tests.support.matrix import row_with as r; print(r(jotter='true', python='3.11').id)"
    )
    [name] = python(clone, "-c", row).split()
    pytest_in(clone, "tests/test_projects.py", "-k", f"{name.strip('@')} and not server")
