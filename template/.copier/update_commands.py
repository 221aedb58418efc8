"""The commands of update.py, and what they refuse before anything is changed.

Every import is at the top: an update replaces these files while they run.
"""

import hashlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tools import ROOT, find_tool
from update_in_clone import (
    ANSWERS,
    UP_TO_DATE,
    change,
    git,
    read_answers,
    reason,
    run,
    scratch_folder,
)
from update_migrations import keep_in_line


def main(command: str = "", *given: str) -> None:
    """Run one of the commands below. Exit with one line that names the cure when it is refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # The console may not be UTF-8. Lines come before those of the programs that are run next.
            stream.reconfigure(errors="backslashreplace", line_buffering=True)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), stop)
    os.chdir(ROOT)
    if not shutil.which("git"):
        sys.exit("git is missing. Install it: https://git-scm.com/downloads")
    try:
        with scratch_folder() as folder:
            if command == "check":
                check()
            elif command == "update":
                update(Path(folder), given)
            elif command == "option":
                option(Path(folder), given)
            else:
                sys.exit(f"Which command? {typed('check')}, update, or option name=value")
    except KeyboardInterrupt:
        sys.exit(130)


def stop(number: int, _: object) -> None:
    """Exit on a signal, and so delete the clone."""
    sys.exit(128 + number)


def check() -> None:
    """Exit with both versions when there is a newer template."""
    require_answers()
    copier = find_copier()
    done = run(*copier, "check-update", "--output-format=json")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        found = {}
    if done.returncode or "update_available" not in found:
        sys.exit(reason(copier, done))
    if not found["update_available"]:
        print(UP_TO_DATE)
        return
    sys.exit(
        f"There is a newer template: {found['latest_version']}. "
        f"This project has {found['current_version']}. "
        f"The template's CHANGELOG.md lists the changes. Take them in: {typed('update')}"
    )


def update(scratch: Path, given: Iterable[str]) -> None:
    """Take in what is new in the template, with answers to questions that are new in it."""
    require_clean_tree()
    require_answers()
    copier = find_copier()
    make_change(scratch, copier, read_given("update", given))


def option(scratch: Path, given: tuple[str, ...]) -> None:
    """Change answers, without an update of the template."""
    require_clean_tree()
    require_answers()
    copier = find_copier()
    if not given:
        sys.exit(f"Which answer? {typed('option', 'python=3.13 license=MIT')}")
    data = read_given("option", given)
    for name in data:
        if name not in read_answers(ROOT):
            sys.exit(f"{name} is not a question. {ANSWERS} lists them all.")
    make_change(scratch, copier, data, "--vcs-ref=:current:")


def typed(command: str, given: str = "") -> str:
    """Return a command as the user types it: with make, or without."""
    if "MAKELEVEL" not in os.environ:
        return f"python .copier/update.py {command} {given}".rstrip()
    return f"make {command}" + f' SET="{given}"' * bool(given)


# --- Before anything is changed ---------------------------------------------------------------


def require_clean_tree() -> None:
    found = git("rev-parse", "--git-dir", check=False)
    refusal = " ".join(found.stderr.decode(errors="replace").split())
    if "not a git repository" in refusal:
        sys.exit("This folder is not in git, so a change could not be undone. Run: git init")
    if found.returncode:
        # The folder belongs to another user, for example. git names the cure.
        sys.exit(f"git: {refusal}")
    changed = git("status", "--porcelain", "--untracked-files=normal").stdout
    if changed or git("rev-parse", "--quiet", "--verify", "HEAD", check=False).returncode:
        sys.exit("Commit first: uncommitted changes could not be told from the update.")


def find_copier() -> list[str]:
    """Return the command in COPIER, if set; or Copier on PATH; or in .tools/, installed if missing."""
    command = os.environ.get("COPIER", "").split()
    return [find_tool("copier>=9.19", *command), *command[1:]]


def require_answers() -> None:
    """Refuse answers edited by hand: Copier would trust them, and leave the files as they are."""
    path = ROOT / ANSWERS
    if not path.is_file():
        deleted = git("log", "-1", "--diff-filter=D", "--format=%h^", "--", ANSWERS, check=False)
        last = deleted.stdout.decode().strip() or "HEAD"
        sys.exit(
            f"{ANSWERS} is missing. It records what this project was made from. "
            f"Restore it: git checkout {last} -- {ANSWERS}"
        )
    text = path.read_text(encoding="utf-8")
    written = re.search(r"^# sha1: (.*)$", text, re.MULTILINE)
    # From the first question on: _commit and _src_path, above, may be edited.
    answered = re.search(r"^[a-z].*", text, re.MULTILINE | re.DOTALL)
    data = answered[0].encode() if answered else b""
    if not written or written[1] != hashlib.sha1(data, usedforsecurity=False).hexdigest():
        sys.exit(
            f"{ANSWERS} was edited by hand. "
            f"Restore its answers (git log -p {ANSWERS} shows them), "
            f"then change them with: {typed('option', 'name=value')}"
        )
    answers = read_answers(ROOT)
    for name in ("_commit", "_src_path"):
        if not answers.get(name):
            sys.exit(
                f"{ANSWERS} has no {name}, so its template is unknown. "
                f"Restore the line: git log -p {ANSWERS} shows it."
            )
    if answers["_src_path"] in {".", ".."}:
        sys.exit(
            f"{ANSWERS} has a relative path of its template. Write the absolute path as _src_path."
        )


def read_given(command: str, given: Iterable[str]) -> dict[str, str]:
    """Return the answers given after the command. Exit when one of them cannot be."""
    data = {}
    answers = read_answers(ROOT)
    for each in given:
        name, separator, value = each.partition("=")
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            sys.exit(f"{name} is not a question. {ANSWERS} lists them all.")
        if name == "package_name":
            sys.exit("package_name cannot be changed later: your code imports the package by it.")
        if not separator:
            sys.exit(f"{name} has no value. Give it one: {typed(command, name + '=…')}")
        if answers.get(name) in {"true", "false"} and value not in {"true", "false"}:
            sys.exit(f"{name} is true or false, and not {value}.")
        data[name] = value
    return data


# --- The change, and what comes after ---------------------------------------------------------


def make_change(scratch: Path, copier: list[str], data: dict[str, str], *options: str) -> None:
    """Make the change, and check it."""

    def remarks(changed: list[str]) -> Iterable[str]:
        yield from left_to_do(data)
        if options:  # a newer template may also change the sample, which the user need not follow
            yield from to_rewrite(changed)

    if not change(scratch, copier, data, options, remarks, keep_in_line):
        return
    print("Done. Review it: git diff --staged. Undo it: git reset --hard")
    if not run_checks():
        sys.exit("The change is made, but a check failed: see above. Undo it: git reset --hard")


def left_to_do(data: dict[str, str]) -> Iterable[str]:
    if (ROOT / "migrations").is_dir() and {"data_layer", "database"} & data.keys():
        yield "No row is moved and no table is dropped: the current database stays as it is."
        yield "What you wrote for it, such as migrations, you rewrite yourself where that is needed."
    if "package_manager" in data:
        yield "The lock file of the previous package manager stays until you delete it."
    if "preset" in data:
        yield "A preset fills in the other answers at the start. It changes none of them later."


def to_rewrite(changed: list[str]) -> Iterable[str]:
    """Name the user's files that are called like files of the sample which an answer changes."""
    features = [Path(path) for path in changed if re.match("src/[^/]+/blueprints/[^/]+/", path)]
    folders = {path.parent for path in features}
    names = {path.name for path in features if path.suffix == ".py"} - {"__init__.py"}
    found = sorted(
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("src/*/blueprints/*/*.py")
        if path.name in names and path.parent.relative_to(ROOT) not in folders
    )
    if found:
        yield "The answer changes how the sample is written. Look through these files of yours:"
        yield from (f"  {path}" for path in found)


def run_checks() -> bool:
    """Run the targets in CHECKS, and stage the lock file, which they write: they install first."""
    makefile = ROOT / "Makefile"
    text = makefile.read_text(encoding="utf-8") if makefile.exists() else ""
    found = re.search(r"^LOCK := (.*)$", text, re.MULTILINE)
    lock = found[1] if found else ""
    ignored = bool(lock) and git("check-ignore", "--quiet", lock, check=False).returncode == 0
    targets = shlex.split(os.environ.get("CHECKS", ""))
    make = shutil.which("make")
    if targets and make:
        done = subprocess.run([make, "--no-print-directory", *targets], check=False)  # noqa: S603
        if lock and (ROOT / lock).is_file() and not ignored:
            git("add", lock)
        return done.returncode == 0
    changed = git("diff", "--cached", "--quiet", "--", "pyproject.toml", check=False).returncode
    if changed and lock and not ignored:
        setup = "run make setup" if make else "install again, as docs/without-make.md says"
        print(f"Nothing was installed: {setup}, and stage {lock} if that changes it.")
    return True
