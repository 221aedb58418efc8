"""Projects with the most hostile names and sentences that the questions accept."""

import pytest

from tests.support.installed import Installed
from tests.support.matrix import Row
from tests.support.projects import run

QUOTES = """Say "hi" 'ho' `id` “so” ''' \"\"\" """.strip()
CODE = (
    "{{ 7*7 }} {% raw %} {# x #} %s %(n)s $HOME $(id) \\n \\ ../../evil <b>&amp;</b> # - : [a](b)"
)
SCRIPTS = "你好 مرحبا می‌خواهم עברית e\u0301 👩‍👩‍👧 Ünïcödé"


def row(manager: str, name: str, description: str, author: str, package: str) -> Row:
    answers = {
        "project_name": name,
        "description": description,
        "author_name": author,
        "author_email": "o'brien+tag@example.org".replace("'", ""),
        "package_name": package,
        "package_manager": manager,
        "preset": "minimal" if manager == "pip" else "api",
    }
    return Row(f"hostile-{manager}", tuple(answers.items()))


ROWS = [
    row("uv", QUOTES, CODE, SCRIPTS, "z" * 40),
    row("pip", CODE[:80].strip(), SCRIPTS, QUOTES, "z9"),
    row("poetry", SCRIPTS, QUOTES, CODE[:80].strip(), "a_b_c"),
]


@pytest.mark.project
@pytest.mark.parametrize("project", ROWS, ids=lambda row: row.id, indirect=True)
def test_a_project_with_hostile_answers_passes_its_own_checks(project: Installed) -> None:
    run(["make", "lint", "types", "test"], project.folder, project.env)
    code = "import importlib.metadata as m; print(m.metadata({name!r})['Summary'])"
    name = project.answers["package_name"]
    printed = run(["python", "-c", code.format(name=name)], project.folder, project.env).stdout
    assert printed.strip() == project.answers["description"]
