"""Run `copier copy` with a release of this template, for `make new`.

At a terminal it asks the questions; without one it takes the defaults. It renders the project in a
temporary folder and moves it to its destination at the end, so that a refusal or an interruption
leaves nothing. A refusal prints one line, where Copier itself shows a traceback.
"""

import difflib
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import questionary
import yaml
from copier._cli import CopierCopySubApp
from copier.errors import CopierWarning, InteractiveSessionError, UserMessageError
from plumbum import ProcessExecutionError, cli
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from questionary.prompts import AVAILABLE_PROMPTS
from release import RELEASES, REPOSITORY, git, lines_of

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BOOLEANS = {"true", "false", "yes", "no", "y", "n", "on", "off", "1", "0"}
# Files that an otherwise empty repository may have. They are not overwritten.
WELCOME = re.compile(r"\.git|\.gitignore|(README|LICENSE|LICENCE)(\.\w+)?", re.IGNORECASE)
IN_COPIERS_WORDS = re.compile(r"^(?:Validation error for question|Invalid choice for) '(\w+)': ")


class RefusedError(Exception):
    """One line that says why no project is generated, and how to fix that."""


@dataclass(frozen=True)
class Version:
    """The version to render: its commit, its name, and whether the name is a tag."""

    commit: str
    name: str
    tagged: bool = True


class New(CopierCopySubApp):  # type: ignore[misc]
    """The command of `make new`: the options of `copier copy`, and the destination."""

    PROGNAME = "make new"

    source = cli.SwitchAttr(
        ["--source"], default="", help="The address that `make update` will read the template from"
    )

    destination = ""

    def main(self, destination: str) -> None:
        self.destination = destination

    def make(self) -> None:
        """Generate the project. Raise `RefusedError` if that is not possible."""
        place = checked_destination(self.destination)
        version = checked_version(self.vcs_ref or "")
        specification = specification_of(version.commit)
        check_answers(specification, self.data)
        self.defaults = self.defaults or self.force or not sys.stdin.isatty()
        if not self.quiet:
            text = f"{version.name}. Every answer except package_name can be changed later."
            print(textwrap.fill(text, 79))
        try:
            with Workplace(place) as workplace:
                self.render(version, workplace.project)
                if self.pretend:
                    return
                answers = yaml.safe_load((workplace.project / ".copier-answers.yml").read_bytes())
                if "_commit" not in answers:
                    raise RefusedError(
                        f"{self.source} is not a git repository, so nothing could be updated from it."
                    )
                kept = workplace.move()
        except OSError as error:
            raise RefusedError(f"{place} cannot be written: {error.strerror}.") from None
        if not self.quiet:
            print(closing_message(place, answers, version, kept))

    def render(self, version: Version, destination: Path) -> None:
        """Let Copier ask and write the project. Raise `RefusedError` for everything it refuses."""
        source = self.source or str(REPOSITORY)
        if (folder := Path(source).expanduser()).is_dir():
            source = str(folder.resolve())
        AVAILABLE_PROMPTS["input"] = text_with_proposal
        try:
            copier.run_copy(
                source,
                destination,
                data=self.data,
                vcs_ref=version.commit,
                exclude=self.exclude,
                skip_if_exists=self.skip,
                defaults=self.defaults,
                pretend=self.pretend,
                quiet=True,
                unsafe=self.unsafe,
                skip_tasks=self.skip_tasks,
                ask=self.ask,
            )
        except InteractiveSessionError:  # Ctrl-D
            raise KeyboardInterrupt from None
        except ProcessExecutionError as error:
            raise RefusedError(
                f"The template cannot be read from {source} ({last_line(error.stderr)})."
            ) from None
        except (ValueError, UserMessageError) as error:
            raise RefusedError(IN_COPIERS_WORDS.sub(r"\1: ", str(error))) from None


def specification_of(commit: str) -> dict[str, Any]:
    """Return copier.yml of a commit, with the files that it includes."""

    class Loader(yaml.SafeLoader):
        pass

    def include(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
        return yaml.load(git("show", f"{commit}:{node.value}"), Loader)

    Loader.add_constructor("!include", include)
    specification: dict[str, Any] = {}
    for document in yaml.load_all(git("show", f"{commit}:copier.yml"), Loader):
        for part in document if isinstance(document, list) else [document]:
            specification |= part
    return specification


def text_with_proposal(
    message: str,
    default: str = "",
    validate: Callable[[str], bool | str] | None = None,
    **options: Any,
) -> questionary.Question:
    """Return a text prompt that shows its default as a placeholder.

    The text prompt of questionary writes the default into the line, where the user has to delete it
    first. A refusal is shown without Copier's prefix, because the terminal shows only one line.
    """
    keys = KeyBindings()

    def refusal(text: str) -> bool | str:
        said = validate(text) if validate else True
        return IN_COPIERS_WORDS.sub("", said) if isinstance(said, str) else said

    @keys.add("enter")
    def accept(event: KeyPressEvent) -> None:
        if not event.current_buffer.text:
            event.current_buffer.text = default
        event.current_buffer.validate_and_handle()

    options["placeholder"] = [("fg:ansibrightblack", default)]
    return questionary.text(message, validate=refusal, key_bindings=keys, **options)


# --- The destination --------------------------------------------------------------------------


def checked_destination(text: str) -> Path:
    """Return the folder for the project. Raise `RefusedError` if something is in the way."""
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise RefusedError(f"{text}: no user of this name has a home folder here.") from None
    if path.resolve().is_relative_to(REPOSITORY):
        raise RefusedError(f"{path} is in the template's own repository: make new DEST=../my-app")
    if not os.path.lexists(path):
        return path
    if not path.is_dir():
        raise RefusedError(f"{path} is a file. Name a folder: make new DEST=../my-app")
    found = sorted(p.name for p in path.iterdir() if not is_welcome(p))
    if found:
        named = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        raise RefusedError(f"{path} is not empty: {named}. Move this away, or name another folder.")
    return path


def is_welcome(path: Path) -> bool:
    return bool(WELCOME.fullmatch(path.name)) and (path.is_file() or path.name == ".git")


class Workplace:
    """A temporary folder on the destination's file system, where the project is rendered first."""

    def __init__(self, destination: Path) -> None:
        self.destination = destination
        parents = (destination.absolute(), *destination.absolute().parents)
        self.folder = next(p for p in parents if p.is_dir()) / f".new-{secrets.token_hex(4)}"
        # The first questions propose the name of this folder.
        self.project = self.folder / (destination.resolve().name or "project")

    def __enter__(self) -> "Workplace":
        for sign in SIGNALS:
            signal.signal(sign, signal.default_int_handler)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def move(self) -> list[str]:
        """Move the project to its destination; return the existing files that were kept."""
        for sign in SIGNALS:
            signal.signal(sign, signal.SIG_IGN)  # from here on, everything is done
        self.destination.mkdir(parents=True, exist_ok=True)
        kept = []
        for path in sorted(self.project.iterdir()):
            target = self.destination / path.name
            if not os.path.lexists(target):
                path.rename(target)
            elif path.name == ".gitignore":
                add_lines(path, target)
            else:  # README.md and LICENSE: see WELCOME
                kept.append(path.name)
        return kept


def add_lines(source: Path, target: Path) -> None:
    """Append one file to another. .gitignore keeps .env, and so the secrets, out of git."""
    text = target.read_bytes()
    if source.read_bytes() not in text:
        gap = b"" if not text else b"\n" if text.endswith(b"\n") else b"\n\n"
        target.write_bytes(text + gap + source.read_bytes())


# --- The version and the answers --------------------------------------------------------------


def checked_version(ref: str) -> Version:
    """Return the newest release, or the version `ref`. Raise `RefusedError` if it does not exist."""
    check_repository()
    releases = dict(line.split() for line in lines_of(RELEASES))
    wanted = ref.removeprefix("v") or next(reversed(releases), "HEAD")
    if wanted in releases and not has(releases[wanted]):
        note(
            f"this clone does not reach back to release {wanted}, so its newest commit is taken."
            " Get the release: git fetch --unshallow"
        )
        ref = wanted = "HEAD"
    try:
        commit = releases.get(wanted) or commit_of(ref or wanted)
    except subprocess.CalledProcessError:
        raise RefusedError(
            f"REF={ref} is not a commit of this repository. Its releases: {', '.join(releases)}."
        ) from None
    for version, released in releases.items():
        if released == commit:
            tagged = bool(git("tag", "--list", f"v{version}"))
            return Version(commit, f"copier-flask {version}", tagged)
    if git("status", "--porcelain", "--", "copier.yml", "options", "template"):
        # A project generated from uncommitted changes could not be updated.
        note("what is not committed in the template is left out.")
    return Version(commit, f"copier-flask at commit {commit[:7]}, which is not a release")


def check_repository() -> None:
    if not shutil.which("git"):
        raise RefusedError("git is missing. Install it: https://git-scm.com/downloads")
    try:
        top = git("rev-parse", "--show-toplevel")
    except subprocess.CalledProcessError as error:
        if "dubious ownership" in error.stderr:
            folder = shlex.quote(str(REPOSITORY))
            raise RefusedError(
                f"{REPOSITORY} belongs to another user, so git does not read it. If you trust it:"
                f" git config --global --add safe.directory {folder}"
            ) from None
        top = ""
    if Path(top) != REPOSITORY:
        raise RefusedError(
            f"{REPOSITORY} is a download without its history, and a project made from it could not"
            " be updated. Clone the repository instead: git clone <its address>"
        )


def has(commit: str) -> bool:
    try:
        return bool(commit_of(commit))
    except subprocess.CalledProcessError:
        return False


def commit_of(ref: str) -> str:
    return git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{ref}^{{commit}}")


def check_answers(specification: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Raise `RefusedError` for an unknown question, and for an invalid choice.

    Copier ignores an unknown question, takes `maybe` for yes, and refuses an invalid choice only
    when it comes to that question, after the user has answered others.
    """
    questions = {
        name: question
        for name, question in specification.items()
        if not name.startswith("_") and question.get("when") is not False
    }
    for name, value in data.items():
        if name not in questions:
            nearest = difflib.get_close_matches(name, questions, n=1, cutoff=0.7)
            cure = f"Did you mean {nearest[0]}?" if nearest else "docs/questions.md lists them."
            raise RefusedError(f"{name} is not a question. {cure}")
        question = questions[name]
        if question.get("multiselect"):
            switches = ", ".join(n for n, q in questions.items() if q["type"] == "bool")
            raise RefusedError(
                f"{name} is asked at a terminal only. Give each by itself: {switches}."
            )
        if question["type"] == "bool" and str(value).lower() not in BOOLEANS:
            raise RefusedError(f"{name} is true or false, and not {value or 'nothing'}.")
        values = values_of(question)
        if values and str(value) not in values:
            *first, last = values
            raise RefusedError(
                f"{name} is {', '.join(first)} or {last}, and not {value or 'nothing'}."
            )


def values_of(question: Mapping[str, Any]) -> list[str]:
    choices = question.get("choices", [])
    found = choices.values() if isinstance(choices, dict) else choices
    return [c["value"] if isinstance(c, dict) else c for c in found]


# --- Output -----------------------------------------------------------------------------------


def closing_message(
    place: Path, answers: Mapping[str, Any], version: Version, kept: list[str]
) -> str:
    steps = [
        f"cd {shlex.quote(str(place))}",
        *([] if in_git(place) else ["git init"]),
        "make setup",
        'git add . && git commit -m "Start"',
        "make run",
    ]
    lines = [f"{answers['project_name']} is in {place}, made from {version.name}. Next:", ""]
    lines += [f"    {step}" for step in steps]
    lines += ["", "`make help` lists the other commands; README.md says where things are."]
    if kept:
        lines.append(f"Kept as they were: {', '.join(kept)}.")
    source = answers["_src_path"]
    if Path(source).is_dir():
        text = (
            f"`make update` will read the template from {source}. If your team cannot read that, write"
            " an address that it can into .copier-answers.yml as _src_path, or make the project with"
            f" SOURCE={origin() or '<address>'}."
        )
        lines += textwrap.wrap(text, 79, break_long_words=False, break_on_hyphens=False)
    if not version.tagged:
        lines += [
            "This clone has no tag for the release, so `make update` will take its newest",
            "commit. Get the tags with: git fetch --tags",
        ]
    return "\n".join(lines)


def origin() -> str:
    """Return the URL that this clone came from, if it is on a network and has no password."""
    try:
        url = git("remote", "get-url", "origin")
    except subprocess.CalledProcessError:
        return ""
    return url if re.match(r"(https?|ssh|git)://[^:@]+(@|/)|\w+@[\w.-]+:", url) else ""


def in_git(folder: Path) -> bool:
    command = ["git", "-C", str(folder), "rev-parse", "--is-inside-work-tree"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def note(text: str) -> None:
    print(f"Note: {text}", file=sys.stderr)


def last_line(text: str) -> str:
    found = re.search(r"fatal: .*", text) or re.search(r".*\Z", text.strip())
    return found[0] if found else ""


def main(arguments: list[str]) -> int:
    warnings.simplefilter("ignore", CopierWarning)
    try:
        app, status = New.run(["make new", *arguments], exit=False)
    except (AttributeError, ValueError, yaml.YAMLError):
        print(
            "Give answers as --data name=value, or in a YAML file: --data-file answers.yml",
            file=sys.stderr,
        )
        return 1
    try:
        if app and app.destination:
            app.make()
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Nothing was written.", file=sys.stderr)
        return 130
    except subprocess.CalledProcessError as error:
        print(f"git: {last_line(error.stderr)}", file=sys.stderr)
        return 1
    return int(status or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
