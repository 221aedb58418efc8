"""The releases in RELEASES, and `make release`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.questions import REPOSITORY
from tests.support.releases import git, releases

CHANGES = "# Changes\n\n## Unreleased\n\n- News.\n\n## 0.9.0 - 2026-01-01\n\n- Older news.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one release and all files that `make release` changes."""
    folder = tmp_path / "repository"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts/release.py", folder / "scripts")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    (folder / "CHANGELOG.md").write_text(CHANGES, encoding="utf-8")
    (folder / "RELEASES").write_text(f"# A comment.\n0.9.0 {'0' * 40}\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    for name, value in {"user.name": "Test", "user.email": "test@example.org"}.items():
        git(folder, "config", name, value)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Start")
    return folder


def release(repository: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/release.py", version]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)


def test_a_release_is_dated_tagged_and_listed(repository: Path) -> None:
    done = release(repository, "0.10.0")
    assert done.returncode == 0, done.stderr
    tagged = git(repository, "rev-parse", "v0.10.0^{commit}").strip()
    last = (repository / "RELEASES").read_text(encoding="utf-8").splitlines()[-1]
    assert last == f"0.10.0 {tagged}"
    assert git(repository, "status", "--porcelain") == ""
    changelog = git(repository, "show", "v0.10.0:CHANGELOG.md")
    heading = next(line for line in changelog.splitlines() if line.startswith("## 0.10.0 - 20"))
    assert f"## Unreleased\n\n{heading}\n\n- News.\n\n## 0.9.0" in changelog
    assert 'version = "0.10.0"' in git(repository, "show", "v0.10.0:pyproject.toml")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("", "is not a version"),
        ("1.0", "is not a version"),
        ("1.0.0rc1", "is not a version"),
        ("0.9.0", "not newer than 0.9.0"),
        ("0.8.12", "not newer than 0.9.0"),
    ],
)
def test_an_invalid_or_older_version_is_refused(
    repository: Path, version: str, sentence: str
) -> None:
    refused(repository, version, sentence)


def test_a_tree_with_changes_is_not_released(repository: Path) -> None:
    (repository / "new.txt").write_text("New.\n", encoding="utf-8")
    refused(repository, "1.0.0", "Commit first")


def test_an_empty_changelog_is_not_released(repository: Path) -> None:
    assert release(repository, "1.0.0").returncode == 0
    refused(repository, "1.0.1", "nothing under Unreleased")


def test_a_tag_is_not_moved(repository: Path) -> None:
    git(repository, "tag", "v1.0.0")
    refused(repository, "1.0.0", "v1.0.0 exists already")


@pytest.mark.parametrize("fails", ["commit", "tag", "second commit"])
def test_a_release_that_git_refuses_changes_nothing(repository: Path, fails: str) -> None:
    if fails == "tag":
        git(repository, "config", "tag.gpgSign", "true")
        git(repository, "config", "gpg.program", "false")
    else:
        hook = repository / ".git/hooks/pre-commit"
        hook.parent.mkdir(exist_ok=True)
        words = "List" if fails == "second commit" else ""
        hook.write_text(
            f"""#!/bin/sh
[ -z "{words}" ] || git diff --cached --quiet -- RELEASES || exit 1
[ -n "{words}" ] || exit 1
""",
            encoding="utf-8",
        )
        hook.chmod(0o755)
    refused(repository, "0.10.0", "Nothing was released: git failed")
    assert git(repository, "tag") == ""


def refused(repository: Path, version: str, sentence: str) -> None:
    before = git(repository, "rev-parse", "HEAD"), git(repository, "status", "--porcelain")
    done = release(repository, version)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    after = git(repository, "rev-parse", "HEAD"), git(repository, "status", "--porcelain")
    assert after == before


def test_each_release_is_a_commit_of_this_history() -> None:
    """A shallow clone lacks some of them: fetch the rest with `git fetch --unshallow`."""
    versions = [tuple(map(int, release.version.split("."))) for release in releases()]
    assert versions == sorted(set(versions))
    for release in releases():
        git(REPOSITORY, "merge-base", "--is-ancestor", release.commit, "HEAD")
        changelog = git(REPOSITORY, "show", f"{release.commit}:CHANGELOG.md")
        assert f"\n## {release.version} - " in changelog
