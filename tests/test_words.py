"""The text of the repository and of projects uses the standard terms."""

from pathlib import Path

import pytest

from tests.support.matrix import Row, rows
from tests.support.projects import contents, rendered
from tests.support.questions import REPOSITORY
from tests.support.words import misused


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


# The texts that follow the list.
PATTERNS = (
    "*.md",
    "docs/**/*.md",
    "copier.yml",
    "benchmarks/*.py",
    "scripts/*.py",
    ".ci/python-3.14",
    ".github/workflows/*.yml",
    "pyproject.toml",
    "tests/**/*.*",
)
# The list of terms, and its test.
EXEMPT = {"tests/support/words.py", "tests/test_words.py"}
CHECKED = sorted(
    path
    for pattern in PATTERNS
    for path in REPOSITORY.glob(pattern)
    if path.suffix != ".pyc" and name_of(path) not in EXEMPT
)
# Names before 0.3.0 and of the files of licenses.
NAMES = {
    "docs/updating.md": ("`engine_for`",),
    "scripts/new.py": ("LICENCE",),
}


def text_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.name == "CHANGELOG.md":  # sections of releases stay unchanged
        return text.partition("\n## Unreleased\n")[2].partition("\n## ")[0]
    for name in NAMES.get(name_of(path), ()):
        text = text.replace(name, "")
    return text


@pytest.mark.parametrize("path", CHECKED, ids=name_of)
def test_a_file_uses_the_terms_of_the_list(path: Path) -> None:
    assert misused(name_of(path)) == []
    assert misused(text_of(path)) == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_project_uses_the_terms_of_the_list(row: Row) -> None:
    texts = {path: text for path, text in contents(rendered(row.answers)).items() if text}
    del texts["LICENSE"]
    found = {path: misused(text.decode("utf-8")) for path, text in texts.items()}
    assert {path: messages for path, messages in found.items() if messages} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def test_no_life_is_lost() -> None:", "'life'"),
        ("nginx answers 502.", "'answers 502'"),
        ("# The address stands\n# in .env.", "'stands'"),
        ("# It goes\n# before the file.", "'goes # before'"),
        ("create_app_of_before", "'of_before'"),
        ("engine_for(url)", "'engine_for'"),
        ("post = found(value)", "'found'"),
        ("Whoever runs it", "'Whoever'"),
        ("test_flips_are_reverted", "'flips'"),
        ("answer = client.get(url)", "'answer = client'"),
        ("server is no question", "'is no question'"),
    ],
)
def test_a_term_is_found(text: str, found: str) -> None:
    message, *others = misused(text)
    assert found in message
    assert not others


@pytest.mark.parametrize(
    "text",
    [
        "make flips",
        "FLIPS=all",
        "a stand-in for the image",
        "create_engine_for(url)",
        "The answers are stored.",
        "It takes about a minute, and is about 20 lines.",
        "believable, olive, mender, standard, undeard",
    ],
)
def test_other_words_are_not_terms(text: str) -> None:
    assert misused(text) == []
