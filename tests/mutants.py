"""Mutation tests: break each condition of the template in turn, and check that a test fails.

`make mutants` runs this; ARGS=template/docs selects the mutants with that text in their line. Every
Jinja condition is negated once and replaced by true once, and every line of `_exclude` is removed
once. For each mutant, first run the tests that only read rendered files, for a few of the projects
that it changes. If they pass, apply it to installed projects, and run their own linters, type checks
and tests. If those pass, run all tests that read files, and those that serve a project.

A worker renders and installs the unchanged projects once, and tests each mutant in a fork of itself.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from jinja2 import TemplateNotFound

from .support import matrix, projects, questions
from .support.cheap_copies import make_copies_cheap
from .support.installed import Installed, installed
from .support.matrix import Row, rows
from .support.projects import contents, rendered, workshop
from .support.questions import REPOSITORY
from .support.terminal import copy_of_repository

WORKERS = 2
TARGET = 0.95
READING = [
    "tests/test_trees.py",
    "tests/test_docs.py",
    "tests/test_ci_files.py",
    "tests/test_docker_files.py",
    "tests/test_kubernetes.py",
]
ASKING = [
    "tests/test_docs.py::test_the_questions_page_is_current",
    "tests/test_questions.py",
    "tests/test_matrix.py",
]
UPDATING = ["tests/test_updates.py::test_an_update_equals_a_fresh_project"]
RUNNING = ["tests/test_projects.py", "tests/test_contract.py"]
QUICKLY = ["-m", "not project and not container"]
MOST_READ, MOST_SERVED = 4, 1
"""The number of changed projects that are read first, and the number that are served."""
PATIENCE = 300
"""Seconds until a check counts as hanging."""

CONDITION = re.compile(r"(\{%-? *(?:if|elif) )(.+?)( *-?%\})")
INLINE = re.compile(r"(\bif )((?:(?!\bif\b|\belse\b|\}\}).)+?)( else\b| *\}\})")
ASKED = re.compile(r"(^  ask: \"\{\{ )(.+?)( \}\}\"$)", re.MULTILINE)
EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)

# Mutants that no test needs to catch, by `Mutant.name`, each with the reason.
EQUIVALENT: dict[str, str] = {
    'options/database/engine/sqlite.py.jinja: always true: data_layer == "raw-sql": "connect_args":': (
        "SQLAlchemy's own types read what they get, and nothing is registered for them to be given"
    ),
}


@dataclass(frozen=True)
class Mutant:
    """One change to one file of the template."""

    path: str
    start: int
    end: int
    text: str
    what: str
    how: str

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Apply the mutant within this context."""
        file = REPOSITORY / self.path
        original = file.read_text(encoding="utf-8")
        file.write_text(original[: self.start] + self.text + original[self.end :], encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(original, encoding="utf-8")

    @property
    def asks(self) -> bool:
        """Whether it may change the questions, and not only rendered files."""
        return self.path.endswith(("copier.yml", "question.yml", "refusals.yml", "questions.jinja"))

    @property
    def line(self) -> int:
        text = (REPOSITORY / self.path).read_text(encoding="utf-8")
        return text.count("\n", 0, self.start) + 1

    @property
    def is_of_code(self) -> bool:
        """Whether a project's own linters, type checks and tests may catch it."""
        return not re.search(
            r"/(docs|deploy|\.github)[/.]|\.md\b|/layout|\.ya?ml\.|[Dd]ocker", self.path
        )

    @property
    def name(self) -> str:
        """A name that survives moved lines: it ends with the first word of the next line."""
        text = (REPOSITORY / self.path).read_text(encoding="utf-8")
        following = text[self.end :].partition("\n")[2].split(maxsplit=1)
        return f"{self.path}: {self.how}: {self.what}: {following[0] if following else ''}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.how}: {self.what}"


def mutants() -> Iterator[Mutant]:
    for path in files():
        text = (REPOSITORY / path).read_text(encoding="utf-8")
        for found in CONDITION.finditer(text):
            yield from of_condition(path, found, 0)
        for expression in EXPRESSION.finditer(text):
            for found in INLINE.finditer(expression[0]):
                yield from of_condition(path, found, expression.start())
        if path.endswith("/question.yml"):
            for found in ASKED.finditer(text):
                yield from of_condition(path, found, 0)
            for found in re.finditer(r"^    (/\S+)\n", text, re.MULTILINE):
                yield Mutant(path, found.start(), found.end(), "", found[1], "not left out")


def of_condition(path: str, found: re.Match[str], offset: int) -> Iterator[Mutant]:
    start, end = offset + found.start(2), offset + found.end(2)
    yield Mutant(path, start, end, f"not ({found[2]})", found[2], "negated")
    yield Mutant(path, start, end, "true", found[2], "always true")


def files() -> list[str]:
    command = ["git", "ls-files", "copier.yml", "template", "options"]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [name for name in done.stdout.splitlines() if "license/texts/" not in name]


# --- A worker -----------------------------------------------------------------------------------

Tree = dict[str, str]


class Worker:
    """Test one mutant after the other in a separate copy of the repository."""

    def __init__(self, stack: ExitStack) -> None:
        make_copies_cheap()
        self.stack = stack
        # Start with the projects that install fastest.
        self.rows = sorted(rows(), key=lambda row: ("pip" in row.name, "poetry" in row.name))
        self.pristine = {row.name: tree(row) for row in self.rows}
        self.installed: dict[str, Installed] = {}

    def judge(self, mutant: Mutant) -> str | None:
        """Return the check that caught the mutant, or None. The fastest checks run first."""
        try:
            return self.first_to_notice(mutant)
        except NoEndError as error:
            print(f"{mutant}: {error}", file=sys.stderr)
            return None

    def first_to_notice(self, mutant: Mutant) -> str | None:
        found: dict[str, Any] = in_fork(mutant, lambda: self.read_some(mutant))
        if found["noticed"]:
            return str(found["noticed"])
        changed = [row for row in self.rows if row.name in found["changed"]]
        if mutant.is_of_code:
            for row in self.one_of_each_layer(changed):
                if noticed := self.check(row, mutant):
                    return noticed
        noticed_late: str | None = in_fork(mutant, lambda: self.read_all(mutant, changed))
        return noticed_late

    def one_of_each_layer(self, found: list[Row]) -> list[Row]:
        """Return the first project with each data layer, on which most of the code depends."""
        first: dict[str, Row] = {}
        for row in found:
            first.setdefault(projects.stored_answers(row.answers)["data_layer"], row)
        return list(first.values())

    def read_some(self, mutant: Mutant) -> dict[str, Any]:
        """Run the quick tests on the first changed projects; return a failure, or all changed projects."""
        try:
            changed = self.changed()
        except Exception as error:  # any error of Copier, Jinja or YAML
            # An operating system error, such as a full disk, does not mean that the mutant was caught.
            # TemplateNotFound does, although it is a subclass of OSError.
            if isinstance(error, OSError) and not isinstance(error, TemplateNotFound):
                raise
            return {"noticed": f"rendering: {type(error).__name__}"}
        some = changed[:MOST_READ]
        if noticed := some and first_failure(READING, only(some)):
            return {"noticed": noticed}
        if mutant.asks and (noticed := first_failure(ASKING, QUICKLY)):
            return {"noticed": noticed}
        return {"noticed": None, "changed": [row.name for row in changed]}

    def read_all(self, mutant: Mutant, changed: list[Row]) -> str | None:
        """Run all quick tests, and those that serve a project; return the first failure."""
        noticed = first_failure(READING, QUICKLY)
        if mutant.asks and not noticed:
            noticed = first_failure(UPDATING, only(list(rows()[:MOST_READ])))
        if not noticed and changed and mutant.is_of_code:
            noticed = first_failure(RUNNING, only(changed[:MOST_SERVED]))
        return noticed

    def changed(self) -> list[Row]:
        """Return the projects that the mutant changes."""
        return [row for row in self.rows if tree(row) != self.pristine[row.name]]

    def check(self, row: Row, mutant: Mutant) -> str | None:
        """Apply the mutant to an installed project, and run the project's own checks."""
        if row.name not in self.installed:
            project = self.installed[row.name] = self.stack.enter_context(installed(row))
            # The checks must pass without the mutant.
            if target := first_to_fail(project):
                raise RuntimeError(f"{row.name} fails without a mutant: make {target}")
        project, pristine = self.installed[row.name], self.pristine[row.name]
        mutated: Tree = in_fork(mutant, lambda: tree(row))
        try:
            replace(project.folder, pristine, mutated)
            target = first_to_fail(project)
            return f"make {target}" if target else None
        finally:
            replace(project.folder, mutated, pristine)


def tree(row: Row) -> Tree:
    """Return a project's files, without the path of the template."""
    files = {path: text.decode() for path, text in contents(rendered(row.answers)).items()}
    name = ".copier-answers.yml"
    return files | {name: re.sub(r"(?m)^_src_path.*\n", "", files[name])}


def replace(folder: Path, old: Tree, new: Tree) -> None:
    """Replace the files of `old` by those of `new`, and leave equal files untouched."""
    for path in old.keys() - new.keys():
        (folder / path).unlink()
    for path, text in new.items():
        if old.get(path) != text:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


def first_to_fail(project: Installed) -> str | None:
    """Run a project's own checks, and return the first that fails."""
    for target in ("lint", "types", "test"):
        try:
            done = subprocess.run(
                ["make", target],
                cwd=project.folder,
                env=project.env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise NoEndError(f"make {target} takes more than {PATIENCE} s") from None
        if done.returncode:
            return target
    return None


def only(chosen: list[Row]) -> list[str]:
    """Return the arguments that select the tests of these projects."""
    names = " or ".join(row.name for row in chosen)
    return ["-m", "not container", "-k", names]


def first_failure(tests: list[str], arguments: list[str]) -> str | None:
    """Run these tests in this process, and return the first that fails."""
    listener = Listener()
    options = ["-x", "-q", "-p", "no:cacheprovider"]
    status = pytest.main([*options, *tests, *arguments], plugins=[listener])
    if status == pytest.ExitCode.TESTS_FAILED or listener.failed:
        return listener.failed
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        raise RuntimeError(f"pytest ended with {status!r}")
    return None


class Listener:
    """A plugin that stores the name of the first failed test."""

    failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or f"collecting {report.nodeid}"


class NoEndError(Exception):
    """The checks of a mutant hang. The mutant counts as not caught."""


def in_fork(mutant: Mutant, function: Callable[[], Any]) -> Any:
    """Call a function in a fork of this process with the mutant applied; return its result."""
    reading, writing = os.pipe()
    with mutant.applied():
        child = os.fork()
        if not child:
            os.close(reading)
            _run_and_exit(writing, mutant, function)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            output = pipe.read()
        os.waitpid(child, 0)
    result = json.loads(output)
    if "late" in result:
        raise NoEndError(f"no end within {PATIENCE} s")
    if "error" in result:
        raise RuntimeError(f"{mutant}: {result['error']}")
    return result["returned"]


def _run_and_exit(writing: int, mutant: Mutant, function: Callable[[], Any]) -> None:
    """Call the function in the fork, write its result, delete temporary files, and exit."""
    late = []

    def end(*_: object) -> None:
        late.append(True)  # pytest may report the exception as the failure of a test
        raise NoEndError

    signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1), os.dup2(nothing, 2)
    try:
        forget(everything=mutant.asks)
        result = {"returned": function()}
    except BaseException:
        result = {"error": traceback.format_exc()}
    signal.alarm(0)
    try:
        result = {"late": True} if late else result
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(result, pipe)
        shutil.rmtree(workshop(), ignore_errors=True)
    finally:
        os._exit(0)


def forget(*, everything: bool) -> None:
    """Clear the caches of rendered projects, and those of the questions if `everything`."""
    for module in (projects, matrix, questions):
        for name, value in vars(module).items():
            rendering = name in {"template", "_rendered", "workshop"}
            if hasattr(value, "cache_clear") and (everything or rendering):
                value.cache_clear()


def work() -> None:
    """Read numbers of mutants from standard input, a line each, and write results as JSON lines."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    every = list(mutants())
    with ExitStack() as stack:
        worker = Worker(stack)
        for line in sys.stdin:
            print(json.dumps(worker.judge(every[int(line)])), file=results, flush=True)


# --- The run ------------------------------------------------------------------------------------


def main(parts: list[str]) -> int:
    every = list(mutants())
    chosen = [n for n, mutant in enumerate(every) if any(part in str(mutant) for part in parts)]
    numbers = chosen if parts else list(range(len(every)))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        workers: Queue[subprocess.Popen[str]] = Queue()
        for number in range(WORKERS):
            copy = copy_of_repository(Path(folder) / f"copy-{number}")
            (copy / ".venv").symlink_to(REPOSITORY / ".venv")
            workers.put(stack.enter_context(start_worker(copy)))

        def judge(number: int) -> str | None:
            worker = workers.get()
            start = time.monotonic()
            try:
                noticed: str | None = ask(worker, number)
            finally:
                workers.put(worker)
            seconds = time.monotonic() - start
            verdict = f"caught by {noticed}" if noticed else "SURVIVED"
            print(f"{every[number]}: {verdict} ({seconds:.0f} s)", flush=True)
            return noticed

        with ThreadPoolExecutor(WORKERS) as pool:
            verdicts = list(pool.map(judge, numbers))
        while not workers.empty():
            worker = workers.get()
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait()

    survivors = [every[n] for n, noticed in zip(numbers, verdicts, strict=True) if not noticed]
    unexplained = [m for m in survivors if m.name not in EQUIVALENT]
    share = 1 - len(survivors) / len(numbers)
    minutes = (time.monotonic() - began) / 60
    caught = len(numbers) - len(survivors)
    print(f"\n{len(numbers)} mutants, {caught} caught: {share:.1%}, in {minutes:.0f} min")
    for mutant in survivors:
        print(f"  {mutant}: {EQUIVALENT.get(mutant.name, 'WHY?')}")
    return int(share < TARGET or bool(unexplained))


def ask(worker: subprocess.Popen[str], number: int) -> str | None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    print(number, file=worker.stdin, flush=True)
    noticed: str | None = json.loads(worker.stdout.readline())
    return noticed


def start_worker(copy: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mutants", "--work"],
        cwd=copy,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--work"]:
        work()
    else:
        sys.exit(main(sys.argv[1:]))
