"""Savings for the many copies and updates of the tests, which render the same files again and again.

They take effect in the process of the tests, and in the `copier` that some tests put on PATH for
`make update` and `make option`. Other tests run Copier as it is.
"""

import sys
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from copier._main import Worker

from .questions import REPOSITORY

PROGRAM = f"""#!{sys.executable}
import sys
from importlib.metadata import version

if sys.argv[1:] == ["--version"]:  # a project asks for it before each update
    print("copier", version("copier"))
    sys.exit()
sys.path.insert(0, {str(REPOSITORY)!r})
from copier.__main__ import CopierApp
from tests.support.cheap_copies import make_copies_cheap

make_copies_cheap()
sys.exit(CopierApp.run())
"""


def make_copies_cheap() -> None:
    """Halve the time of a copy in this process, and that of an update."""
    remember_compiled_templates()
    leave_plain_text_as_it_is()
    parse_yaml_in_c()
    assume_git_stores_modes()


def remember_compiled_templates() -> None:
    """Compile each template only once in this process.

    Copier creates an environment for each copy, and Jinja compiles every template again in each. An
    update renders clones of the template. The path of a file is not in the key, because it differs
    between clones; Jinja only shows it in tracebacks.
    """
    original_compile = jinja2.Environment.compile
    compiled: dict[tuple[Any, ...], Any] = {}

    def compile_once(
        self: jinja2.Environment,
        source: Any,
        name: str | None = None,
        filename: str | None = None,
        **options: Any,
    ) -> Any:
        # Environments with the same syntax share their lexer.
        syntax = (type(self), self.lexer, *sorted(self.extensions))
        key = (syntax, source, name, tuple(options.items()))
        if key not in compiled:
            compiled[key] = original_compile(self, source, name, filename, **options)
        return compiled[key]

    jinja2.Environment.compile = compile_once  # type: ignore[assignment]


def leave_plain_text_as_it_is() -> None:
    """Render only what has Jinja in it.

    Copier renders each part of each path, and with each file also the name of the answers file, which
    is plain text in this template.
    """
    original_render = Worker._render_string

    def render(self: Worker, text: str, extra_context: dict[str, Any] | None = None) -> str:
        return original_render(self, text, extra_context) if "{" in text else text

    def answers_file(self: Worker) -> Path:
        return Path(self.answers_file or self.template.answers_relpath)

    Worker._render_string = render  # type: ignore[assignment]
    Worker.answers_relpath = property(answers_file)  # type: ignore[assignment]


def parse_yaml_in_c() -> None:
    """Parse YAML with libyaml, if PyYAML has it: Copier reads all options in each copy."""
    yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]


def assume_git_stores_modes() -> None:
    """Skip a question that Copier asks git for each file, which takes half the time of a copy.

    It asks whether git ignores the modes of files, as on Windows.
    """
    Worker._sync_git_index_executable_bit = lambda *_: None  # type: ignore[method-assign]


@cache
def cheap_copier(folder: Path) -> Path:
    """Write a `copier` with these savings into a new folder for PATH, and return the folder."""
    folder.mkdir()
    (folder / "copier").write_text(PROGRAM, encoding="utf-8")
    (folder / "copier").chmod(0o755)
    return folder
