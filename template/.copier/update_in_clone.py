"""Let Copier change a clone of this project, and bring the difference here in one step.

So whatever stops Copier, such as a wrong answer or the network, this folder stays as it was.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT

ANSWERS = ".copier-answers.yml"
UP_TO_DATE = "This project is up to date with its template."

# Copier writes these where they are missing; the user may have deleted them.
WRITTEN_ONCE = ("README.md", "tests/conftest.py")


def change(
    scratch: Path,
    copier: list[str],
    data: Mapping[str, str],
    options: Iterable[str],
    remarks: Callable[[list[str]], Iterable[str]],
    finish: Callable[[Path], Iterable[str]],
) -> bool:
    """Change this project as `copier update` does, with these answers, and stage what is different.

    `finish` may change what Copier has written. Print its remarks, and those on the paths that change,
    before it. Return whether any does. Exit on a conflict.
    """
    top = Path(os.fsdecode(git("rev-parse", "--show-toplevel").stdout).rstrip("\r\n"))
    prefix = os.fsdecode(git("rev-parse", "--show-prefix").stdout).rstrip("\r\n")
    clone, env = scratch / "clone", plain_git(scratch)
    git("clone", "--quiet", "--shared", str(top), str(clone), env=env)
    run_copier(copier, data, options, clone / prefix, env)
    for path in WRITTEN_ONCE:
        if not (ROOT / path).exists():
            (clone / prefix / path).unlink(missing_ok=True)
    finished = list(finish(clone / prefix))

    unmerged = git("ls-files", "--unmerged", "-z", folder=clone).stdout
    git("add", "--all", "--force", folder=clone, env=env)
    diff = ("diff-index", "--cached", "--no-renames", "--no-ext-diff")
    if git(*diff, "--quiet", "HEAD", folder=clone, check=False).returncode == 0:
        print(*remarks([]), "There is nothing to change.", sep="\n")
        return False
    changed = git(*diff, "--diff-filter=M", "--name-only", "-z", "HEAD", folder=clone).stdout
    refuse_other_encodings(clone, split(changed))
    patch = git(*diff, "--patch", "--binary", "HEAD", folder=clone).stdout
    how = ("--index", "--whitespace=nowarn")
    refused = git("apply", "--check", *how, folder=top, stdin=patch, check=False)
    if refused.returncode:
        first = refused.stderr.decode(errors="replace").partition("\n")[0]
        sys.exit(f"A file that git does not show is in the way. Move it elsewhere first ({first}).")

    names = ("--diff-filter=DM", "--relative", "--name-only", "-z", "HEAD")
    paths = split(git(*diff, *names, folder=clone / prefix).stdout)
    for remark in (*remarks(paths), *finished):
        print(remark)
    before = read_answers(ROOT)["_commit"]
    with no_interruption():
        git("apply", *how, folder=top, stdin=patch)
        if unmerged:
            mark_unmerged(clone, top, unmerged)
    report(before)
    return True


@contextmanager
def no_interruption() -> Iterator[None]:
    """Ignore signals, as programs started meanwhile do: half of an update would be worse."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    handlers = [signal.signal(number, signal.SIG_IGN) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, handlers):  # noqa: B905 (needs Python 3.10)
            signal.signal(number, handler)


def report(before: str) -> None:
    """Say from which version to which, and what is deleted. Exit when there is a conflict."""
    after = read_answers(ROOT)["_commit"]
    if after != before:
        print(
            f"The template was {before.removeprefix('v')}, and is {after.removeprefix('v')} now. "
            "Its CHANGELOG.md lists the changes."
        )
    diff = ("diff-index", "--cached", "--no-ext-diff", "--no-renames", "--name-only", "-z", "HEAD")
    deleted = split(git(*diff, "--diff-filter=D").stdout)
    if deleted:
        print("Deleted, with what you changed in them; git still has them:", *deleted, sep="\n")
    conflicts = split(git(*diff, "--diff-filter=U").stdout)
    if conflicts:
        shown = "\n".join(conflicts)
        sys.exit(
            "You and the template changed the same lines. "
            f"Resolve the conflict markers in these files:\n{shown}\n"
            "Then run git add. Or undo all of it: git reset --hard"
        )


def mark_unmerged(clone: Path, top: Path, unmerged: bytes) -> None:
    """Mark files as unmerged, as `git merge` does: they cannot be committed by mistake."""
    entries = split(unmerged)
    paths = sorted({entry.partition("\t")[2] for entry in entries})
    for entry in entries:
        blob = entry.split(" ")[1]
        content = git("cat-file", "blob", blob, folder=clone).stdout
        git("hash-object", "-w", "--stdin", folder=top, stdin=content)
    listed = b"".join(os.fsencode(path) + b"\0" for path in paths)
    remove = ("--literal-pathspecs", "rm", "--cached", "--quiet")
    git(*remove, "--pathspec-from-file=-", "--pathspec-file-nul", folder=top, stdin=listed)
    git("update-index", "-z", "--index-info", folder=top, stdin=unmerged)


def refuse_other_encodings(clone: Path, paths: Iterable[str]) -> None:
    """Exit when a file is not UTF-8: Copier reads it as UTF-8, and drops what is not."""
    for path in paths:
        content = git("cat-file", "blob", f"HEAD:{path}", folder=clone).stdout
        try:
            content.decode()
        except ValueError:
            is_text = False
        else:
            is_text = b"\0" not in content
        if not is_text:
            sys.exit(
                f"{path} is not UTF-8 text, and the template's changes would damage it. "
                "Convert it, or keep it under another name."
            )


# --- Copier -----------------------------------------------------------------------------------


def run_copier(
    copier: list[str],
    data: Mapping[str, str],
    options: Iterable[str],
    folder: Path,
    env: Mapping[str, str],
) -> None:
    """Run `copier update` in a folder. Exit with the reason when it fails."""
    given = [word for name, value in data.items() for word in ("--data", f"{name}={value}")]
    # With all lines as context, what the user changed among similar lines stays where it is.
    command = [*copier, "update", "--quiet", "--defaults", "--context-lines=100000"]
    done = run(*command, *options, *given, str(folder), env=env)
    if done.returncode:
        # The project was made from a commit that no release has yet.
        if b"Downgrades are not supported" in done.stderr:
            print(UP_TO_DATE)
            sys.exit()
        sys.exit(reason(copier, done))
    for name in data:
        if name not in read_answers(folder):
            sys.exit(f"{name} is not a question of the newer template either.")


def reason(copier: list[str], done: subprocess.CompletedProcess[bytes]) -> str:
    """Return why Copier failed, in one line that names the cure."""
    printed = done.stderr.decode(errors="replace")
    fatal = re.search("fatal: (.*)", printed)
    last = fatal[1] if fatal else (printed.strip().splitlines() or [""])[-1]
    last = last.rpartition("Error: ")[2].strip()
    answers = read_answers(ROOT)
    address = answers["_src_path"]
    if re.match("Unknown revision|invalid reference", last):
        return (
            f"The template at {address} has no version {answers['_commit']} any more. "
            f"Write one that it has into {ANSWERS} as _commit; "
            f"git ls-remote --tags {address} shows them."
        )
    if fatal or re.search("Local template must be a directory|git-tracked templates", last):
        network = "Check the network and try again. " * ("://" in address or ":" in address[2:])
        return (
            f"The template cannot be read from {address} ({last}). {network}"
            f"If it has moved, write its new address into {ANSWERS} as _src_path."
        )
    if "codec can't decode" in last:
        return f"The name of a file is not UTF-8 ({last}). Rename it first: git ls-files"
    shown = " ".join(copier)
    return last or f"{shown} failed and printed nothing. Try: {shown} update --pretend"


# --- Other programs, and the answers ----------------------------------------------------------


def read_answers(folder: Path) -> dict[str, str]:
    """Return what the file of answers has after each name, as it is written there."""
    text = (folder / ANSWERS).read_text(encoding="utf-8")
    return {name: value.strip() for name, value in re.findall(r"(?m)^(\w+):(.*)$", text)}


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new folder, which is deleted at the end."""
    named = os.environ.get("TMPDIR")
    try:
        return tempfile.TemporaryDirectory(dir=named or None)
    except OSError:
        where = named or "the folder of temporary files"
        sys.exit(f"Nothing can be written to {where}: name another folder in TMPDIR.")


def plain_git(scratch: Path) -> dict[str, str]:
    """Return the environment without those settings of git that hide from Copier what it has written."""
    nothing, empty = scratch / "nothing", scratch / "empty"
    nothing.touch()
    empty.mkdir()
    settings = {
        "apply.whitespace": "nowarn",
        "core.attributesFile": str(nothing),
        "core.autocrlf": "false",
        "core.excludesFile": str(nothing),
        "core.hooksPath": str(empty),
        "core.safecrlf": "false",
        "diff.noprefix": "false",
        "status.showUntrackedFiles": "normal",
    }
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    env = {"GIT_ATTR_NOSYSTEM": "1", "GIT_TEMPLATE_DIR": str(empty)}
    for number, (name, value) in enumerate(settings.items(), start=first):
        env |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    env["GIT_CONFIG_COUNT"] = str(first + len(settings))
    return env


def git(
    *arguments: str,
    folder: Path = ROOT,
    stdin: bytes = b"",
    check: bool = True,
    env: Mapping[str, str] = {},
) -> subprocess.CompletedProcess[bytes]:
    """Run git. Exit with what it printed when it fails, unless `check` is false."""
    done = run("git", *arguments, folder=folder, stdin=stdin, env=env)
    if check and done.returncode:
        sys.exit(f"git failed: {' '.join(done.stderr.decode(errors='replace').split())}")
    return done


def run(
    *command: str,
    folder: Path = ROOT,
    stdin: bytes = b"",
    env: Mapping[str, str] = {},
) -> subprocess.CompletedProcess[bytes]:
    """Run a program with these additions to the environment, and keep what it prints."""
    # Messages in English, which are looked for here. Windows would have Copier read git's output in
    # another encoding than UTF-8.
    added = {"LANGUAGE": "C", "PYTHONUTF8": "1", **env}
    return subprocess.run(  # noqa: S603 (git, and the Copier of the user)
        command,
        cwd=folder,
        env={**os.environ, **added},
        input=stdin,
        capture_output=True,
        check=False,
        # On Windows, Ctrl-C does not reach the program then.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def split(listed: bytes) -> list[str]:
    """Return the entries of what git lists with -z."""
    return [os.fsdecode(entry) for entry in listed.split(b"\0") if entry]
