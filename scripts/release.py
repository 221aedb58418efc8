"""Date the changelog, commit, tag and list a release: `make release VERSION=…`.

`copier update` follows the tags. `RELEASES` also lists the commits, so that the tests can update
projects from every release in a clone without tags.
"""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
RELEASES = REPOSITORY / "RELEASES"
CHANGELOG = REPOSITORY / "CHANGELOG.md"
METADATA = REPOSITORY / "pyproject.toml"
UNRELEASED = "## Unreleased\n"


class RefusedError(Exception):
    """One line that says why no release is made, and how to fix that."""


def main(version: str) -> int:
    """Make the release, or print why it is refused and change nothing."""
    try:
        check(version)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    before = git("rev-parse", "HEAD")
    try:
        make(version)
    except subprocess.CalledProcessError as error:
        git("reset", "--quiet", "--hard", before)  # the tree was clean before
        if git("tag", "--list", f"v{version}"):
            git("tag", "--delete", f"v{version}")
        said = (error.stderr or error.stdout).strip().splitlines() or ["without a word"]
        print(f"Nothing was released: git failed ({said[-1]}).", file=sys.stderr)
        return 1
    print(f"Released {version}. Publish it: git push --follow-tags")
    return 0


def make(version: str) -> None:
    """Date, commit, tag and list the release. Raise `CalledProcessError` if git fails."""
    tag = f"v{version}"
    date_changelog(version)
    metadata = METADATA.read_text(encoding="utf-8")
    METADATA.write_text(
        re.sub(r'^version = ".*"', f'version = "{version}"', metadata, count=1, flags=re.MULTILINE),
        encoding="utf-8",
    )
    git("commit", "--quiet", "--all", "--message", f"Release {version}")
    git("tag", "--annotate", tag, "--message", f"Release {version}")
    with RELEASES.open("a", encoding="utf-8") as releases:
        releases.write(f"{version} {git('rev-parse', 'HEAD')}\n")
    git("commit", "--quiet", "--all", "--message", f"List release {version}")


def check(version: str) -> None:
    """Raise `RefusedError` if this release cannot be made."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise RefusedError(f"{version!r} is not a version: make release VERSION=1.2.3")
    if git("status", "--porcelain"):
        raise RefusedError(
            "Commit first: a release is a commit, and what is not in one is not in it."
        )
    earlier = [line.split()[0] for line in lines_of(RELEASES)]
    if earlier and numbers(version) <= numbers(earlier[-1]):
        raise RefusedError(f"{version} is not newer than {earlier[-1]}, the last release.")
    if git("tag", "--list", f"v{version}"):
        raise RefusedError(f"The tag v{version} exists already. Look at it: git show v{version}")
    if not unreleased(CHANGELOG.read_text(encoding="utf-8")):
        raise RefusedError(
            f"{CHANGELOG.name} has nothing under Unreleased: what would be released?"
        )


def date_changelog(version: str) -> None:
    """Move the unreleased changes under a heading with the version and today's date (UTC)."""
    text = CHANGELOG.read_text(encoding="utf-8")
    heading = f"## {version} - {datetime.now(UTC).date().isoformat()}\n"
    CHANGELOG.write_text(text.replace(UNRELEASED, f"{UNRELEASED}\n{heading}", 1), encoding="utf-8")


def unreleased(changelog: str) -> str:
    """Return the text under the heading Unreleased, or an empty string."""
    return changelog.partition(UNRELEASED)[2].partition("\n## ")[0].strip()


def lines_of(releases: Path) -> list[str]:
    """Return the lines of RELEASES, `version commit`, oldest first."""
    lines = releases.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def git(*arguments: str) -> str:
    command = ["git", "-C", str(REPOSITORY), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
