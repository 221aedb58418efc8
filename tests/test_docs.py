"""The manual: nothing is missing, no link is broken, and its commands do what it says."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import manual
from tests.support.advisories import advisory_service
from tests.support.matrix import Row, rows
from tests.support.projects import rendered, stored_answers
from tests.support.questions import REPOSITORY, questions
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
    """The pages that a generated project comes with."""
    return sorted([*project.glob("*.md"), *(project / "docs").rglob("*.md")])


# --- The page of the questions ----------------------------------------------------------------


def test_the_page_of_the_questions_is_current() -> None:
    written = manual.PAGE.read_text(encoding="utf-8")
    assert written == manual.page(), "options/ has changed: run `make docs`"


def test_the_table_of_the_readme_is_current() -> None:
    assert manual.README.read_text(encoding="utf-8") == manual.readme(), "run `make docs`"


@pytest.mark.parametrize("question", questions())
def test_each_question_has_its_section(question: str) -> None:
    assert f"\n## `{question}`\n" in manual.PAGE.read_text(encoding="utf-8")


# --- Links ------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """What a link may name of a page: its headings, as they become part of an address."""
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
def test_no_link_of_a_project_is_broken(row: Row) -> None:
    for page in pages_of(rendered(row.answers)):
        assert broken_links(page) == [], page.name


def test_every_page_can_be_reached() -> None:
    """By links, from the README."""
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


# --- What a page says of files and commands ---------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_knows_the_targets_of_the_manual(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    here = targets(REPOSITORY / "Makefile")
    there = targets(rendered({"preset": "full"}) / "Makefile") | targets(rendered({}) / "Makefile")
    for folder, command in commands(text):
        at_home = folder in {".", "../copier-flask"}
        for target in called_targets(command):
            assert target in (here if at_home else there), f"{command} in {folder}"
    for target in re.findall(r"`make ([a-z-]+)", without_blocks(text)):
        assert target in here | there, f"make {target}"


def test_the_page_for_contributors_lists_every_file_of_tests() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in (REPOSITORY / "tests").glob("test_*.py"):
        assert f"{path.name}`" in page, path.name


@ROWS
def test_make_knows_the_targets_of_a_project_s_pages(row: Row) -> None:
    project = rendered(row.answers)
    known = targets(project / "Makefile")
    for page in pages_of(project):
        text = page.read_text(encoding="utf-8")
        called = [t for _, command in commands(text) for t in called_targets(command)]
        called += re.findall(r"`make ([a-z-]+)", without_blocks(text))
        assert set(called) <= known, page.name


@ROWS
def test_the_map_of_a_project_is_the_project(row: Row) -> None:
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
def test_excerpts_in_a_project_s_pages_are_its_code(row: Row) -> None:
    project = rendered(row.answers)
    sources = list((project / "src").rglob("*.py")) + list((project / "src").rglob("*.sql"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    for page in pages_of(project):
        text = page.read_text(encoding="utf-8")
        for excerpt in (*blocks(text, "python"), *blocks(text, "sql")):
            if excerpt.startswith(("@blueprint", "-- name")):
                assert excerpt in code, excerpt


@ROWS
def test_settings_has_every_variable_that_is_read(row: Row) -> None:
    project = rendered(row.answers)
    page = (project / "docs" / "settings.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text("utf-8") for path in project.rglob("*.py"))
    read = set(re.findall(r'\bread\(\s*"([A-Z_]+)"', code))
    read |= set(re.findall(r'^    "([A-Z_]+)": \("', code, re.MULTILINE))
    assert {"APP_ENV", "SECRET_KEY"} <= read
    for variable in read:
        assert f"\n## `{variable}`\n" in page, variable


@pytest.mark.parametrize("layer", ["orm", "raw-sql"])
def test_the_tour_s_scripts_are_those_of_the_projects(layer: str) -> None:
    value = "flask-sqlalchemy" if layer == "orm" else layer
    project = rendered({"data_layer": value})
    tour = (REPOSITORY / "docs" / "tour.md").read_text(encoding="utf-8")
    database = (project / "docs" / "database.md").read_text(encoding="utf-8")
    assert blocks(tour, f"python {layer}") == blocks(database, "python")


def test_what_is_only_looked_at_here_is_called_by_the_workflow() -> None:
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    for command in TOO_LONG:
        assert command in workflow


# --- Every command of the manual --------------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone of this repository that the pages share, so that `make new` installs Copier once."""
    home = tmp_path_factory.mktemp("home")
    yield copy_of_repository(home / "copier-flask")
    shutil.rmtree(home)


@pytest.fixture
def terminal(clone: Path, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal in the clone. The projects that are made beside it are deleted in the end."""
    # What mypy has found out about the libraries holds for the next project, too.
    cache = str(clone.parent / ".mypy_cache")
    with advisory_service() as url:
        yield Terminal(clone, tmp_path / "tools", MYPY_CACHE_DIR=cache, PIP_AUDIT_OSV_URL=url)
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
    [{}, {"data_layer": "raw-sql", "server": "granian"}],
    ids=["orm-gunicorn", "sql-granian"],
)
def test_every_command_of_a_project_s_pages_works(
    answers: dict[str, str], terminal: Terminal
) -> None:
    data = " ".join(f"--data {name}={value}" for name, value in answers.items())
    terminal.run(f'make new DEST=../my-app ARGS="{data}"')
    terminal.go("../my-app")
    terminal.run('git init --quiet && git add . && git commit --quiet -m "Start"')

    project = terminal.folder
    for name in ("README.md", "AGENTS.md", "docs/database.md", "docs/daily-work.md"):
        page = project / name
        text = page.read_text(encoding="utf-8")
        terminal.type_in(text)
        for number, script in enumerate(blocks(text, "python")):
            (project / f"script_{number}.py").write_text(script)
            terminal.run(f".venv/bin/python script_{number}.py")
            (project / f"script_{number}.py").unlink()
    # Last, for it ends by updating the project.
    terminal.type_in((project / "docs" / "README.md").read_text(encoding="utf-8"))
    answers_file = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "author_name: Ada Lovelace" in answers_file
    assert not list(project.glob("*.rej"))
