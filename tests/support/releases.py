"""The releases of the template, and a clone of it in which each has its tag."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import copier
from copier._template import load_template_config

from .projects import NAMED, Answers, template, workshop
from .questions import REPOSITORY, choices_of

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org"]
NEXT = "999.0.0"
"""The version of the working tree in that clone: newer than every release."""


@dataclass(frozen=True)
class Release:
    version: str
    commit: str

    @property
    def questions(self) -> frozenset[str]:
        """The names of the questions of this release."""
        return frozenset(_choices_at(self.commit))

    def knows(self, name: str, value: str) -> bool:
        """Return whether this release has the question, and the value is one of its choices."""
        choices = _choices_at(self.commit)
        return name in choices and (not choices[name] or value in choices[name])


@cache
def _choices_at(commit: str) -> dict[str, frozenset[str]]:
    """Return the values of each question, none for free text."""
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "release.tar"
        # The questions are in copier.yml and the files that it includes.
        git(REPOSITORY, "archive", f"--output={archive}", commit, "*.yml")
        shutil.unpack_archive(archive, folder, filter="data")
        spec = load_template_config(Path(folder) / "copier.yml")
    return {
        n: frozenset(choices_of(q).values()) if not q.get("multiselect") else frozenset()
        for n, q in spec.items()
        if not n.startswith("_") and q.get("when") is not False
    }


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return its output."""
    done = subprocess.run(
        [*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(folder: Path) -> None:
    """Commit everything in a folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--allow-empty", "--message", "A step")


@cache
def releases() -> tuple[Release, ...]:
    """Return the releases in RELEASES, oldest first."""
    lines = (REPOSITORY / "RELEASES").read_text(encoding="utf-8").splitlines()
    return tuple(Release(*line.split()) for line in lines if line and not line.startswith("#"))


@cache
def tagged_source() -> Path:
    """Return a clone with a tag for each release, and one for the working tree.

    Do not change it: the tests of one process share it.
    """
    folder = workshop() / "source"
    git(REPOSITORY, "clone", "--quiet", "--no-tags", str(REPOSITORY), str(folder))
    for release in releases():
        git(folder, "tag", f"v{release.version}", release.commit)
    for name in ("template", "options"):
        shutil.rmtree(folder / name)
    shutil.copytree(template(), folder, dirs_exist_ok=True)
    commit(folder)
    git(folder, "tag", f"v{NEXT}")
    return folder


def made_by(version: str, answers: Answers, folder: Path) -> Path:
    """Generate a fresh project with this version of the template; return its folder."""
    copier.run_copy(
        str(tagged_source()),
        folder,
        data=dict(answers),
        user_defaults=NAMED,
        defaults=True,
        quiet=True,
        vcs_ref=f"v{version}",
    )
    return folder


def committed_by(version: str, answers: Answers, folder: Path) -> Path:
    """Generate such a project and commit it in a repository of its own."""
    made_by(version, answers, folder)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder
