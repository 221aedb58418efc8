"""The manual: it is complete, no link is broken, and its commands work."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import manual
from tests.support.advisories import advisory_service
from tests.support.matrix import Row, rows
from tests.support.projects import rendered, stored_answers
from tests.support.questions import REPOSITORY, choice_questions, questions
from tests.support.terminal import (
    TOO_LONG,
    Terminal,
    blocks,
    called_targets,
    commands,
    copy_of_repository,
    targets,
    without_blocks,
)

PAGES = sorted(
    [
        *REPOSITORY.glob("*.md"),
        *(REPOSITORY / "docs").rglob("*.md"),
    ]
)
ROWS = pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
PACKAGE = "my_flask_app"


def name_of(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def pages_of(project: Path) -> list[Path]:
    """Return the pages of a generated project."""
    return sorted([*project.glob("*.md"), *(project / "docs").rglob("*.md")])


# --- The page of the questions ----------------------------------------------------------------


def test_the_questions_page_is_current() -> None:
    written = manual.PAGE.read_text(encoding="utf-8")
    assert written == manual.page(), "options/ has changed: run `make docs`"


def test_the_readme_table_is_current() -> None:
    assert manual.README.read_text(encoding="utf-8") == manual.readme(), "run `make docs`"


@pytest.mark.parametrize("question", questions())
def test_each_question_has_a_section(question: str) -> None:
    assert f"\n## `{question}`\n" in manual.PAGE.read_text(encoding="utf-8")


# --- Links ------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, which are derived from its headings."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text("utf-8")), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in kept}


def broken_links(page: Path) -> list[str]:
    prose = without_blocks(page.read_text(encoding="utf-8"))
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_broken(page: Path) -> None:
    assert broken_links(page) == []


@ROWS
def test_a_projects_index_lists_each_page_once(row: Row) -> None:
    """tests/options/ checks which pages exist; this test checks that the headings match."""
    folder = rendered(row.answers) / "docs"
    index = (folder / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(.+)\]\((\S+)\): .+\.$", index, re.MULTILINE)
    pages = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}
    del pages["README.md"]
    headings = [(text.splitlines()[0].removeprefix("# "), name) for name, text in pages.items()]
    assert sorted(listed) == sorted(headings)


PAGES_OF_PROJECTS = sorted((REPOSITORY / "template/docs").iterdir())
PARTS_OF_PAGES = sorted(
    path
    for pattern in ("docs.yml", "docs/*", "parts/*.md", "parts/layout*")
    for path in (REPOSITORY / "options").glob(f"*/{pattern}")
)


def questions_in(path: Path) -> set[str]:
    """Return the questions that a template file depends on, except `python`, which any may show."""
    jinja = " ".join(re.findall(r"\{[{%].*?[%}]\}", path.read_text("utf-8"), re.DOTALL))
    names = set(re.findall(r"\w+", re.sub(r'"[^"]*"', "", jinja)))
    derived = {"orm": "data_layer", "sample": "data_layer", "lock_file": "package_manager"}
    return {derived.get(name, name) for name in names} & (set(choice_questions()) - {"python"})


@pytest.mark.parametrize("page", PAGES_OF_PROJECTS, ids=lambda path: path.name)
def test_a_project_page_has_no_condition_and_depends_on_one_question(page: Path) -> None:
    assert not re.search(r"\{% *(if|elif)\b", page.read_text(encoding="utf-8"))
    assert len(questions_in(page)) <= 1


@pytest.mark.parametrize("part", PARTS_OF_PAGES, ids=name_of)
def test_a_part_of_a_page_depends_on_its_own_question(part: Path) -> None:
    own = part.relative_to(REPOSITORY / "options").parts[0]
    assert questions_in(part) <= {own}


@ROWS
def test_no_link_in_a_project_is_broken(row: Row) -> None:
    for page in pages_of(rendered(row.answers)):
        assert broken_links(page) == [], page.name


def test_every_page_can_be_reached() -> None:
    """Follow the links from the README."""
    reached: set[Path] = set()
    ahead = [REPOSITORY / "README.md"]
    while ahead:
        page = ahead.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            links = re.findall(r"\]\(([^)\s#]+)", without_blocks(page.read_text("utf-8")))
            ahead += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert reached >= {page for page in PAGES if page.is_relative_to(REPOSITORY / "docs")} - {
        REPOSITORY / "docs" / "index.md"
    }


# --- Files and commands in pages --------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_in_the_manual_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    here = targets(REPOSITORY / "Makefile")
    there = targets(rendered({"preset": "full"}) / "Makefile") | targets(rendered({}) / "Makefile")
    for folder, command in commands(text):
        at_home = folder in {".", "../copier-flask"}
        for target in called_targets(command):
            assert target in (here if at_home else there), f"{command} in {folder}"
    for target in re.findall(r"`make ([a-z-]+)", without_blocks(text)):
        assert target in here | there, f"make {target}"


def test_contributing_lists_every_test_module() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in (REPOSITORY / "tests").glob("test_*.py"):
        assert f"{path.name}`" in page, path.name


@ROWS
def test_make_targets_in_a_projects_pages_exist(row: Row) -> None:
    project = rendered(row.answers)
    known = targets(project / "Makefile")
    for page in pages_of(project):
        text = page.read_text(encoding="utf-8")
        called = [t for _, command in commands(text) for t in called_targets(command)]
        called += re.findall(r"`make ([a-z-]+)", without_blocks(text))
        assert set(called) <= known, page.name


@ROWS
def test_the_layout_in_a_projects_docs_matches_its_files(row: Row) -> None:
    project = rendered(row.answers)
    package = Path("src") / stored_answers(row.answers)["package_name"]
    plan, *_ = blocks((project / "docs" / "README.md").read_text("utf-8"), "text")
    listed: set[Path] = set()
    folders: list[Path] = []
    for indent, name in re.findall(r"^( *)(\S+)", plan, re.MULTILINE):
        depth = len(indent) // 2
        folders = [*folders[:depth], Path(name)]
        listed.add(Path(*folders))
    made_by_setup = {Path(".env")}
    for path in listed - made_by_setup:
        assert (project / path).exists(), path
    modules = {p.relative_to(project) for p in (project / package).glob("*.py")}
    features = {
        p.parent.relative_to(project) for p in (project / package).glob("blueprints/*/*.py")
    }
    assert modules | features <= listed


@ROWS
def test_excerpts_in_a_projects_pages_match_its_code(row: Row) -> None:
    project = rendered(row.answers)
    sources = list((project / "src").rglob("*.py")) + list((project / "src").rglob("*.sql"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    for page in pages_of(project):
        text = page.read_text(encoding="utf-8")
        for excerpt in (*blocks(text, "python"), *blocks(text, "sql")):
            if excerpt.startswith(("@blueprint", "-- name")):
                assert excerpt in code, excerpt


@ROWS
def test_the_settings_page_lists_every_variable_that_is_read(row: Row) -> None:
    project = rendered(row.answers)
    page = (project / "docs" / "settings.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text("utf-8") for path in project.rglob("*.py"))
    read = set(re.findall(r'\bread\(\s*"([A-Z_]+)"', code))
    variables = re.search(r"^VARIABLES: .*?^}", code, re.MULTILINE | re.DOTALL)
    assert variables
    read |= set(re.findall(r'^    "([A-Z_]+)": ', variables[0], re.MULTILINE))
    assert {"APP_ENV", "SECRET_KEY"} <= read
    for variable in read:
        assert f"\n## `{variable}`\n" in page, variable


@pytest.mark.parametrize("layer", ["orm", "raw-sql"])
def test_the_scripts_of_the_tour_match_those_of_projects(layer: str) -> None:
    value, name = {"orm": ("flask-sqlalchemy", "models"), "raw-sql": ("raw-sql", "queries")}[layer]
    page = rendered({"data_layer": value}) / "docs" / f"{name}.md"
    tour = (REPOSITORY / "docs" / "tour.md").read_text(encoding="utf-8")
    scripts = blocks(page.read_text(encoding="utf-8"), "python")
    assert blocks(tour, f"python {layer}") == scripts


def test_the_hooks_of_the_tour_are_in_projects() -> None:
    tour = (REPOSITORY / "docs" / "tour.md").read_text(encoding="utf-8")
    hooks = re.findall(r"^\| `(\w+)` \| `(\w+\.py)` \|", tour, re.MULTILINE)
    assert hooks
    package = rendered({"data_layer": "sqlalchemy", "package_name": PACKAGE}) / "src" / PACKAGE
    for hook, module in hooks:
        code = (package / module).read_text(encoding="utf-8")
        assert re.search(rf"app\.(register_)?{hook.replace('error', 'error_?')}\b", code), hook


def test_the_workflow_runs_commands_too_long_for_these_tests() -> None:
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    for command in TOO_LONG:
        assert command in workflow


# --- Every command of the manual --------------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone of this repository, shared by the pages so that `make new` installs Copier once."""
    home = tmp_path_factory.mktemp("home")
    yield copy_of_repository(home / "copier-flask")
    shutil.rmtree(home)


@pytest.fixture
def terminal(clone: Path, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal in the clone. The projects generated next to it are deleted at the end."""
    with advisory_service() as url:
        yield Terminal(clone, tmp_path / "tools", PIP_AUDIT_OSV_URL=url)
    for path in clone.parent.iterdir():
        if path.is_dir() and path.name.startswith("my-"):
            shutil.rmtree(path)


@pytest.mark.project
@pytest.mark.parametrize(
    "page", [p for p in PAGES if commands(p.read_text(encoding="utf-8"))], ids=name_of
)
def test_every_command_of_the_manual_works(page: Path, terminal: Terminal) -> None:
    terminal.type_in(page.read_text(encoding="utf-8"))


@pytest.mark.project
@pytest.mark.parametrize(
    "answers",
    [{}, {"data_layer": "raw-sql", "server": "granian", "validation": "marshmallow"}],
    ids=["orm-gunicorn", "sql-granian-marshmallow"],
)
def test_every_command_of_a_projects_pages_works(
    answers: dict[str, str], terminal: Terminal
) -> None:
    data = " ".join(f"--data {name}={value}" for name, value in answers.items())
    terminal.run(f'make new DEST=../my-app ARGS="{data}"')
    terminal.go("../my-app")
    terminal.run('git init --quiet && git add . && git commit --quiet -m "Start"')

    project = terminal.folder
    last = project / "docs" / "updating.md"  # it ends by updating the project
    run_scripts = 0
    for page in [p for p in pages_of(project) if p != last]:
        text = page.read_text(encoding="utf-8")
        terminal.type_in(text)
        for script in blocks(text, "python"):
            if "\nfrom my_app." in f"\n{script}":
                (project / "script.py").write_text(script)
                terminal.run(".venv/bin/python script.py")
                (project / "script.py").unlink()
                run_scripts += 1
    assert run_scripts
    terminal.type_in(last.read_text(encoding="utf-8"))
    answers_file = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "author_name: Ada Lovelace" in answers_file
    assert not list(project.glob("*.rej"))
