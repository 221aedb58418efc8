"""What users do to a project in the months after it was generated, scripted.

Each edit is one that people make: in the middle of files, beside what the template may change.
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
    posts = services.page(per_page=1).items
    return reply(PostOutput, found(posts[0] if posts else None))


"""

NEW_TESTS = """from flask.testing import FlaskClient


def test_the_newest_post_is_shown(client: FlaskClient, posts_to_look_at: int) -> None:
    answer = client.get("/api/v1/posts/newest")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["title"] == f"Post {posts_to_look_at}"
"""

NEW_SERVICE = """services:
  mine:
    image: nginx:1.28
"""

NEW_FIXTURE = '''

@pytest.fixture
def posts_to_look_at(client: FlaskClient) -> int:
    """How many posts there are; the last one is the newest."""
    for number in range(1, 4):
        client.post("/api/v1/posts", json={"title": f"Post {number}", "body": "Mine."})
    return 3
'''


def copy_feature(folder: Path, package_name: str, new: str = "notes") -> None:
    """Copy posts and its tests as `make feature` does, which older releases do not have."""
    script = Path(".copier/feature.py")
    if not (folder / script).exists():
        script = rendered({"package_name": package_name}) / script
    run([sys.executable, str(script), "posts", new], folder, os.environ)


def copy_migration(folder: Path, new: str = "notes") -> None:
    """Write the migration for a copied feature by hand, as a project without models needs it."""
    first = folder / "migrations/versions/0001_create_posts.py"
    text = first.read_text(encoding="utf-8").replace("posts", new)
    text = text.replace('"0001"', '"0002"').replace("= None", '= "0001"', 1)
    first.with_name(f"0002_create_{new}.py").write_text(text, encoding="utf-8")


def edit(folder: Path, path: str, old: str, new: str) -> None:
    """Replace the first `old` in a file; fails when there is none, for then nothing is tested."""
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")


# File: what stands there, and what is put in its place.
EDITS = {
    "README.md": [("## Start\n", "## Why\n\nBecause I want it.\n\n## Start\n")],
    ".env.example": [("# yours: added below\n", "# yours: added below\nNOTES_URL=http://x.test\n")],
    ".gitignore": [(".venv/\n", ".venv/\n/notes.txt\n")],
    "Makefile": [
        (".PHONY: lint\n", ".PHONY: greet\ngreet:  ## Greet\n\t@echo Hello\n\n.PHONY: lint\n")
    ],
    "docs/README.md": [("## Probes\n", "## Mine\n\nWritten by me.\n\n## Probes\n")],
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


def grow(project: Installed) -> None:
    """A feature, a route, a column, settings, dependencies, texts, and files that are not wanted."""
    folder, answers = project.folder, project.answers
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
                edit(folder, path.format(package=answers["package_name"]), old, new)
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
    """Files of the user's own where a newer template has some, too."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("# Mine.\n", encoding="utf-8")


def add_dependencies(project: Installed) -> None:
    """One for the application and one for development, as each package manager adds them."""
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
    """Keep the sample's shape under another name, and delete the sample, before it was ever used."""
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


# The user's own from the start: no update may change a letter of them.
OWN_FILES = ("README.md", "tests/conftest.py")

# What tools write, in the user's name but not in the user's words.
WRITTEN_BY_TOOLS = ("uv.lock", "poetry.lock", "requirements.txt", ".copier-answers.yml")


# Flat files: no line of theirs is the head of a block.
LISTS = (".env.example", ".gitignore")


def own_changes(project: Path, fresh: Path, scratch: Path, *ignored: str) -> str:
    """What the user has changed, as a patch on a fresh project, without the numbers of lines.

    Each hunk has its changed lines and the line of the block's head that it stands in. So two of
    these are equal when nothing was lost, added, or moved into another block.
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
    for name in LISTS:
        patch = re.sub(rf"(\+\+\+ b/mine/{re.escape(name)}\n@@).*", r"\1", patch)
    own = [(project / name).read_text(encoding="utf-8") for name in OWN_FILES]
    return "\n".join([*own, patch])
