"""What `make new` runs: `copier copy` of this repository's last commit.

With a terminal it asks; without one it takes the defaults. What Copier refuses is told in one line,
where Copier itself shows a traceback.
"""

import subprocess
import sys
from pathlib import Path

from copier._cli import CopierApp

REPOSITORY = Path(__file__).resolve().parents[1]


def main(destination: str, *arguments: str) -> int:
    """Start a project in the folder `destination`, with more arguments for `copier copy`."""
    # Never the working tree: a project made of what is not committed could not be updated.
    commit = git("rev-parse", "HEAD")
    if git("status", "--porcelain", "--", "copier.yml", "flavours", "template"):
        print("Note: what is not committed in the template is left out.", file=sys.stderr)
    # Copier refuses an option that is given twice, or that another one contains.
    if not sys.stdin.isatty() and not {"--defaults", "-l", "--force", "-f"} & set(arguments):
        arguments = ("--defaults", *arguments)
    command = ["copier", "copy", "--vcs-ref", commit, *arguments, str(REPOSITORY), destination]
    try:
        _, status = CopierApp.run(command, exit=False)
    except ValueError as refusal:
        print(str(refusal).removeprefix("Validation error for "), file=sys.stderr)
        return 1
    return int(status or 0)


def git(*arguments: str) -> str:
    command = ["git", "-C", str(REPOSITORY), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
