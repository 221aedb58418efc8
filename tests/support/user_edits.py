"""Scripted edits, as users make them in the months after they generated a project.

The edits are in the middle of files, next to lines that the template may change.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .installed import Installed
from .projects import rendered, run

NEW_ROUTE = """@blueprint.get("/newest")
def newest() -> ResponseReturnValue:
    posts = services.list_posts(per_page=1).items
    return reply(PostOutput, or_404(posts[0] if posts else None))


"""

NEW_TESTS = """from flask.testing import FlaskClient


def test_the_newest_post_is_shown(client: FlaskClient, posts_to_look_at: int) -> None:
    response = client.get("/api/v1/posts/newest")
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["title"] == f"Post {posts_to_look_at}"
"""

NEW_SERVICE = """services:
  mine:
    image: nginx:1.28
"""

NEW_FIXTURE = '''

@pytest.fixture
def posts_to_look_at(client: FlaskClient) -> int:
    """Create posts and return their number; the last one is the newest."""
    for number in range(1, 4):
        client.post("/api/v1/posts", json={"title": f"Post {number}", "body": "Mine."})
    return 3
'''


def copy_feature(folder: Path, package_name: str, new: str = "notes") -> None:
    """Copy posts and its tests with the script of `make feature`, also in releases without it."""
    script = Path(".copier/feature.py")
    if not (folder / script).exists():
        script = rendered({"package_name": package_name}) / script
    run([sys.executable, str(script), "posts", new], folder, os.environ)


def copy_migration(folder: Path, new: str = "notes") -> None:
    """Write the migration for a copied feature, which a project without models cannot generate."""
    first = folder / "migrations/versions/0001_create_posts.py"
    newest = newest_migration(folder)
    revision = f"{int(newest) + 1:04}"
    text = first.read_text(encoding="utf-8").replace("posts", new)
    text = text.replace('"0001"', f'"{revision}"').replace("= None", f'= "{newest}"', 1)
    first.with_name(f"{revision}_create_{new}.py").write_text(text, encoding="utf-8")


def newest_migration(folder: Path) -> str:
    """Return the newest revision among the template's migrations."""
    return max(path.name[:4] for path in folder.glob("migrations/versions/0*.py"))


def edit(folder: Path, path: str, old: str, new: str) -> None:
    """Replace the first `old` in a file, and fail if there is none."""
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")


# By file: the original text and its replacement.
EDITS = {
    "README.md": [("## Start\n", "## Why\n\nBecause I want it.\n\n## Start\n")],
    ".env.example": [("# yours: added below\n", "# yours: added below\nNOTES_URL=http://x.test\n")],
    ".gitignore": [(".venv/\n", ".venv/\n/notes.txt\n")],
    "Makefile": [
        (".PHONY: lint\n", ".PHONY: greet\ngreet:  ## Greet\n\t@echo Hello\n\n.PHONY: lint\n")
    ],
    "docs/README.md": [
        ("## Where things are\n", "## Mine\n\nWritten by me.\n\n## Where things are\n")
    ],
    "pyproject.toml": [
        ("xfail_strict = true\n", 'xfail_strict = true\nmarkers = ["mine: those of mine"]\n'),
        ("line-length = 100\n", 'line-length = 100\nextend-exclude = ["notebooks"]\n'),
    ],
    "src/{package}/config.py": [
        ("    PORT = 5000\n", "    PORT = 5000\n    NOTES_KEPT = 10\n"),
        ("    LOG_JSON = False\n", "    LOG_JSON = False\n    NOTES_KEPT = 2\n"),
    ],
    "src/{package}/blueprints/posts/routes.py": [
        ('@blueprint.get("/<id:post_id>")\n', NEW_ROUTE + '@blueprint.get("/<id:post_id>")\n')
    ],
    "src/{package}/blueprints/posts/seeds.py": [
        ("POSTS = {\n", 'POSTS = {\n    "Mine": "The first of my own.",\n')
    ],
    "tests/conftest.py": [
        (
            "pytest_plugins",
            "import pytest\nfrom flask.testing import FlaskClient\n\npytest_plugins",
        ),
        ('["tests.fixtures"]\n', '["tests.fixtures"]\n' + NEW_FIXTURE),
    ],
}
EDITS_BY_LAYER = {
    "raw-sql": {
        "src/{package}/blueprints/posts/queries.sql": [
            (
                "-- name: get_post(id)^\n",
                "-- name: last_post()$\nSELECT max(id) FROM posts;\n\n-- name: get_post(id)^\n",
            )
        ]
    }
}
EDITS_OF_MODELS = {
    "src/{package}/blueprints/posts/models.py": [
        (
            "    body: Mapped[LongText]\n",
            "    body: Mapped[LongText]\n"
            '    views: Mapped[int] = mapped_column(default=0, server_default="0")\n',
        )
    ]
}
EDITS_BY_CONTAINER = {
    "compose": {
        "compose.yaml": [
            (
                "  # yours: added below\n",
                "  # yours: added below\n  - deploy/compose/compose.mine.yaml\n",
            )
        ],
        "deploy/compose/compose.base.yaml": [
            ("      # yours: added below\n", "      # yours: added below\n      NOTES_KEPT: 7\n")
        ],
        "deploy/compose/compose.web.yaml": [
            ("    stop_grace_period: 35s\n", "    stop_grace_period: 45s\n")
        ],
    }
}
EDITS_BY_CI = {
    "github": {
        ".github/workflows/ci.yml": [
            ("      - run: make test\n", "      - run: make greet\n      - run: make test\n")
        ]
    }
}
EDITS_BY_SERVER = {
    "gunicorn": {"gunicorn.conf.py": [("graceful_timeout = 30\n", "graceful_timeout = 25\n")]}
}
NOT_WANTED = (".editorconfig", "docs/settings.md", "tests/test_proxy.py")


def with_old_function_names(route: str) -> str:
    """Return a route as it was written before 0.3.0, which renamed functions."""
    return route.replace("services.list_posts", "services.page").replace("or_404", "found")


def grow(project: Installed) -> None:
    """Add a feature, a route, a column, settings, dependencies and text; delete unwanted files."""
    folder, answers = project.folder, project.answers
    api = (folder / f"src/{answers['package_name']}/api.py").read_text(encoding="utf-8")
    rename = str if "def or_404" in api else with_old_function_names
    copy_feature(folder, answers["package_name"])
    for edits in (
        EDITS,
        EDITS_BY_LAYER.get(answers["data_layer"], EDITS_OF_MODELS),
        EDITS_BY_SERVER.get(answers["server"], {}),
        EDITS_BY_CONTAINER.get(answers["container"], {}),
        EDITS_BY_CI.get(answers["ci"], {}),
    ):
        for path, replacements in edits.items():
            for old, new in replacements:
                edit(folder, path.format(package=answers["package_name"]), old, rename(new))
    if answers["container"] == "compose":
        (folder / "deploy/compose/compose.mine.yaml").write_text(NEW_SERVICE, encoding="utf-8")
    for name in NOT_WANTED:
        (folder / name).unlink()
    (folder / "tests/blueprints/posts/test_newest.py").write_text(NEW_TESTS, encoding="utf-8")
    (folder / "notebooks").mkdir()
    (folder / "notebooks/look.py").write_text("print('Mine.')\n", encoding="utf-8")
    add_dependencies(project)
    if answers["data_layer"] == "raw-sql":
        copy_migration(folder)
    else:
        run(["make", "db-migrate", "M=Add notes and views"], folder, project.env)
    project.flask("db", "upgrade")
    project.flask("seed")


def bring_own_files(folder: Path, names: list[str]) -> None:
    """Write the user's own files at paths that a newer template uses as well."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("# Mine.\n", encoding="utf-8")


def add_dependencies(project: Installed) -> None:
    """Add a runtime and a development dependency with the project's package manager."""
    folder, env = project.folder, project.env
    manager = project.answers["package_manager"]
    if manager == "uv":
        run(["uv", "add", "--quiet", "humanize"], folder, env)
        run(["uv", "add", "--quiet", "--dev", "tabulate"], folder, env)
    elif manager == "poetry":
        run(["poetry", "add", "--quiet", "humanize"], folder, env)
        run(["poetry", "add", "--quiet", "--group", "dev", "tabulate"], folder, env)
    else:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        for package in ("humanize", "tabulate"):
            text = re.sub(
                r"(    # yours: added below\n)(?=\])", rf'\1    "{package}",\n', text, count=1
            )
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
        run(["make", "setup"], folder, env)


def replace_sample(project: Installed) -> None:
    """Copy the sample feature under another name, and delete the sample and its migration."""
    folder, package = project.folder, f"src/{project.answers['package_name']}"
    copy_feature(folder, project.answers["package_name"], "notes")
    first = folder / "migrations/versions/0001_create_posts.py"
    text = first.read_text(encoding="utf-8").replace("posts", "notes")
    first.unlink()
    first.with_name("0001_create_notes.py").write_text(text, encoding="utf-8")
    for parent in (f"{package}/blueprints/posts", "tests/blueprints/posts"):
        shutil.rmtree(folder / parent)
    project.flask("db", "upgrade")
    project.flask("seed")


# Files that belong to the user from the start. Updates must not change them at all.
OWN_FILES = ("README.md", "tests/conftest.py")

# Files that tools write for the user.
WRITTEN_BY_TOOLS = ("uv.lock", "poetry.lock", "requirements.txt", ".copier-answers.yml")


# Flat files, whose lines are not grouped in blocks.
LISTS = (".env.example", ".gitignore", "docs/README.md")


def own_changes(project: Path, fresh: Path, scratch: Path, *ignored: str) -> str:
    """Return the user's changes as a patch on a fresh project, without line numbers.

    Each hunk has the changed lines and the first line of the block around them. Two patches are
    equal if nothing was lost, added, or moved into another block.
    """
    for name, tree in {"fresh": fresh, "mine": project}.items():
        shutil.rmtree(scratch / name, ignore_errors=True)
        shutil.copytree(
            tree,
            scratch / name,
            ignore=shutil.ignore_patterns(
                ".git", ".venv", ".env", "instance", "__pycache__", ".*_cache"
            ),
        )
        for path in (*WRITTEN_BY_TOOLS, *OWN_FILES, *ignored):
            (scratch / name / path).unlink(missing_ok=True)
    command = ["git", "diff", "--no-index", "--no-renames"]
    done = subprocess.run(
        [*command, "--unified=0", "--irreversible-delete", "fresh", "mine"],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    patch = re.sub(r"^index .*\n", "", done.stdout, flags=re.MULTILINE)
    patch = re.sub(r"^@@ \S+ \S+ @@", "@@", patch, flags=re.MULTILINE)
    # Keep only the names of make targets, because 0.3.0 reworded their help.
    patch = re.sub(r"^(@@ [\w-]+:)[^\n]*", r"\1", patch, flags=re.MULTILINE)
    for name in LISTS:
        patch = re.sub(rf"(\+\+\+ b/mine/{re.escape(name)}\n@@).*", r"\1", patch)
    own = [(project / name).read_text(encoding="utf-8") for name in OWN_FILES]
    return "\n".join([*own, patch])
