"""`make update`, `make update-check` and `make option`: what they change and what they refuse."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import copier
import pytest
import yaml

from tests.support.cheap_copies import cheap_copier
from tests.support.matrix import Row
from tests.support.projects import VERSION, environment, render, rendered, workshop
from tests.support.releases import Release, commit, committed_by, git, releases
from tests.support.terminal import IDENTITY
from tests.support.user_edits import copy_feature, edit
from tests.test_updates import THE_USERS_OWN, answered_by_update, begun, tree

pytestmark = pytest.mark.project

DEFAULT = Row("default", ())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the default answers, in its own repository."""
    return shutil.copytree(begun(DEFAULT), tmp_path / "project")


@pytest.fixture
def moved(project: Path, tmp_path: Path) -> Path:
    """A copy of the template, which that project follows and a test may change."""
    source, newer = source_of(project), tmp_path / "newer"
    shutil.copytree(source, newer)
    edit(project, ".copier-answers.yml", str(source), str(newer))
    commit(project)
    return newer


def source_of(project: Path) -> Path:
    answers = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    return Path(answers.split("_src_path: ")[1].splitlines()[0])


def release(template: Path) -> None:
    """Release a new version of a template, with a change in one file."""
    edit(template, "template/.editorconfig", "indent_size = 4", "indent_size = 8")
    commit(template)
    git(template, "tag", "v1000.0.0")


def env(**variables: str) -> dict[str, str]:
    """Return the environment of a user: Copier on PATH, and a name for git."""
    usual = {"CHECKS": "", "TMPDIR": str(workshop())}
    found = environment(VERSION, **IDENTITY) | usual | variables
    return found | {"PATH": f"{found['PATH']}:{cheap_copier(workshop() / 'copier')}"}


def make(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=env(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def refused(project: Path, *arguments: str, says: str, **variables: str) -> None:
    """Check that a target fails with one line that contains this text, and changes nothing."""
    before, status = tree_as_is(project), in_git(project)
    done = make(project, *arguments, **variables)
    assert done.returncode != 0
    assert says in done.stdout
    said = [line for line in done.stdout.splitlines() if not line.startswith("make")]
    assert len(said) == 1, done.stdout
    assert tree_as_is(project) == before
    assert in_git(project) == status


def tree_as_is(project: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(project)): p.read_bytes()
        for p in project.rglob("*")
        if p.is_file() and ".git" not in p.relative_to(project).parts
    }


def in_git(project: Path) -> str:
    if not (project / ".git").exists():
        return ""
    return git(project, "status", "--porcelain")


# --- Changes ----------------------------------------------------------------------------------


def test_answers_are_changed_and_staged(project: Path, tmp_path: Path) -> None:
    done = make(project, "option", "SET=server=granian python=3.12 author_name=\"Ada 'L' King\"")
    assert done.returncode == 0, done.stdout
    assert "git diff --staged" in done.stdout
    answers = {"server": "granian", "python": "3.12", "author_name": "Ada 'L' King"}
    assert tree(project) == tree(render(answers, tmp_path / "fresh"))
    git(project, "reset", "--quiet", "--hard")
    assert tree(project) == tree(begun(DEFAULT))


def test_deleted_files_and_remaining_steps_are_listed(project: Path) -> None:
    done = make(project, "option", "SET=data_layer=none database=none")
    assert done.returncode == 0, done.stdout
    first, *rest = done.stdout.splitlines()
    assert "No row is moved" in first
    assert "migrations/versions/0001_create_posts.py" in rest


# --- Migrations -------------------------------------------------------------------------------

VIDEOS = "migrations/versions/0002_create_videos.py"
OWN_MIGRATION = """
from alembic import op

revision: str = "{revision}"
down_revision = "0001"


def upgrade() -> None:
    op.execute("SELECT 1")


def downgrade() -> None:
    op.execute("SELECT 1")
"""


def add_own_migration(project: Path, revision: str) -> Path:
    path = project / f"migrations/versions/{revision}_of_mine.py"
    path.write_text(OWN_MIGRATION.format(revision=revision), encoding="utf-8")
    commit(project)
    return path


def revisions(path: Path) -> list[str]:
    return re.findall('(?m)^(?:down_)?revision.* = "?([^"\n]+)', path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("own", "written"),
    [("abcdef", ["0002", "abcdef"]), ("0002", ["0002_create_videos", "0002"])],
)
def test_a_migration_of_an_option_comes_after_those_of_the_project(
    project: Path, own: str, written: list[str]
) -> None:
    path = add_own_migration(project, own)
    before = path.read_bytes()
    done = make(project, "option", "SET=external_api=true")
    assert done.returncode == 0, done.stdout
    assert f"{VIDEOS} comes after {own}, which was your last migration." in done.stdout
    assert revisions(project / VIDEOS) == written
    assert path.read_bytes() == before


def test_without_own_migrations_it_is_as_in_a_fresh_project(project: Path, tmp_path: Path) -> None:
    done = make(project, "option", "SET=external_api=true")
    assert done.returncode == 0, done.stdout
    assert "your last migration" not in done.stdout
    assert tree(project) == tree(render({"external_api": "true"}, tmp_path / "fresh"))


def test_two_branches_of_migrations_are_left_to_alembic(project: Path) -> None:
    for own in ("abcdef", "abcxyz"):
        add_own_migration(project, own)
    assert make(project, "option", "SET=external_api=true").returncode == 0
    assert revisions(project / VIDEOS) == ["0002", "0001"]


def test_a_migration_stays_when_its_option_is_turned_off_and_on_again(project: Path) -> None:
    """A database may have applied it. All else of the option is deleted."""
    fresh = tree(project)
    own = add_own_migration(project, "abcdef")
    make(project, "option", "SET=external_api=true")
    commit(project)
    on = tree(project)
    done = make(project, "option", "SET=external_api=false")
    assert done.returncode == 0, done.stdout
    assert f"{VIDEOS} stays: a database may have it. Write a migration" in done.stdout
    kept = {path: on[path] for path in (VIDEOS, own.relative_to(project).as_posix())}
    assert tree(project) == fresh | kept
    commit(project)
    done = make(project, "option", "SET=external_api=true")
    assert done.returncode == 0, done.stdout
    assert tree(project) == on


def test_migrations_are_deleted_with_the_database(project: Path) -> None:
    make(project, "option", "SET=external_api=true")
    commit(project)
    done = make(project, "option", "SET=data_layer=none database=none external_api=false")
    assert done.returncode == 0, done.stdout
    assert not (project / "migrations").exists()


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        ("api_framework=flask validation=marshmallow", ["routes", "schemas"]),
        ("data_layer=raw-sql", ["models", "services"]),
        ("interface=pages", ["routes", "schemas"]),
        ("license=BSD-3-Clause", []),
    ],
)
def test_features_to_rewrite_are_named_before_the_change(
    project: Path, answers: str, names: list[str]
) -> None:
    copy_feature(project, "my_flask_app")
    commit(project)
    done = make(project, "option", f"SET={answers}")
    assert done.returncode == 0, done.stdout
    found = re.findall(r"^  src/my_flask_app/blueprints/(\S+)\.py$", done.stdout, re.MULTILINE)
    assert found == [f"notes/{name}" for name in names]
    assert bool(names) == ("Look through these files of yours:" in done.stdout)
    assert not re.search(r"^M.*/notes/", in_git(project), re.MULTILINE)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("package_manager=pip", "lock file of the previous package manager stays"),
        ("preset=full", "It changes none of them later."),
    ],
)
def test_limits_of_a_changed_answer_are_reported(project: Path, answer: str, sentence: str) -> None:
    done = make(project, "option", f"SET={answer}")
    assert done.returncode == 0, done.stdout
    assert sentence in done.stdout


def test_an_answer_may_have_any_character(project: Path) -> None:
    sentence = "It costs $5 or $(id); it's \\ 100 % = #1"
    done = make(project, "option", f'SET=description="{sentence}"'.replace("$", "\\$"))
    assert done.returncode == 0, done.stdout
    assert stored(project)["description"] == sentence


def stored(project: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((project / ".copier-answers.yml").read_bytes())
    return found


def test_an_unchanged_answer_changes_nothing(project: Path) -> None:
    done = make(project, "option", "SET=server=gunicorn")
    assert done.returncode == 0, done.stdout
    assert "nothing to change" in done.stdout
    assert in_git(project) == ""


def test_a_newer_template_is_applied(project: Path, moved: Path) -> None:
    assert "up to date" in make(project, "update-check").stdout
    assert "nothing to change" in make(project, "update").stdout
    release(moved)
    checked = make(project, "update-check")
    assert checked.returncode != 0
    assert "There is a newer template: 1000.0.0. This project has 999.0.0." in checked.stdout
    done = make(project, "update")
    assert done.returncode == 0, done.stdout
    assert "The template was 999.0.0, and is 1000.0.0 now." in done.stdout
    assert "indent_size = 8" in (project / ".editorconfig").read_text(encoding="utf-8")
    commit(project)
    assert make(project, "update-check").returncode == 0


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_the_update_program_of_a_release_replaces_itself(release: Release, tmp_path: Path) -> None:
    """The running program belongs to the old release, and this update deletes or replaces it."""
    project = committed_by(release.version, {}, tmp_path / "project")
    own = {path: (project / path).read_bytes() for path in THE_USERS_OWN}
    answers = answered_by_update(release, project)
    done = make(project, "update")
    assert done.returncode == 0, done.stdout
    assert tree(project) == tree(rendered(answers)) | own
    commit(project)
    assert make(project, "update-check").returncode == 0


def test_a_project_newer_than_the_last_release_is_up_to_date(project: Path, moved: Path) -> None:
    git(moved, "commit", "--quiet", "--allow-empty", "--message", "After the release")
    copier.run_update(project, vcs_ref="HEAD", defaults=True, overwrite=True, quiet=True)
    commit(project)
    for target in ("update", "update-check"):
        done = make(project, target)
        assert done.returncode == 0, done.stdout
        assert "up to date" in done.stdout
    assert in_git(project) == ""


def test_a_conflict_is_left_to_the_user(project: Path, moved: Path) -> None:
    edit(project, ".editorconfig", "indent_size = 4", "indent_size = 3")
    commit(project)
    release(moved)
    done = make(project, "update")
    assert done.returncode != 0
    assert ".editorconfig" in done.stdout.splitlines()
    assert "git reset --hard" in done.stdout
    assert "indent_size = 3" in (text := (project / ".editorconfig").read_text(encoding="utf-8"))
    assert "indent_size = 8" in text
    assert "<<<<<<<" in text
    # git knows the conflict, so it cannot be committed by mistake.
    stages = [line.split()[2] for line in git(project, "ls-files", "--unmerged").splitlines()]
    assert stages == ["1", "2", "3"]
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "commit", "--message", "With a conflict")
    git(project, "reset", "--quiet", "--hard")
    assert in_git(project) == ""


def test_a_deleted_file_does_not_come_back(project: Path, moved: Path) -> None:
    for name in ("README.md", "tests/conftest.py", ".editorconfig"):
        (project / name).unlink()
    commit(project)
    release(moved)
    edit(moved, "template/README.md.jinja", "## Start", "## Begin")
    make(project, "update")
    assert make(project, "option", "SET=license=GPL-3.0-or-later").returncode != 0  # commit first
    commit(project)
    for name in ("README.md", "tests/conftest.py", ".editorconfig"):
        assert not (project / name).exists()


def test_ignored_files_are_not_touched(project: Path) -> None:
    (project / ".env").write_text("SECRET_KEY=mine\n", encoding="utf-8")
    assert make(project, "option", "SET=server=granian").returncode == 0
    git(project, "reset", "--quiet", "--hard")
    assert (project / ".env").read_text(encoding="utf-8") == "SECRET_KEY=mine\n"


def test_update_accepts_answers_to_new_questions(project: Path, moved: Path) -> None:
    """A user who already has a file of that name answers no to the new question."""
    (project / "Procfile").write_text("web: mine\n", encoding="utf-8")
    commit(project)
    edit(
        moved,
        "copier.yml",
        "# --- The questions, in the order",
        "procfile:\n  type: bool\n  default: true\n\n# --- The questions, in the order",
    )
    edit(
        moved,
        "options/license/question.yml",
        "license:\n",
        "_exclude:\n  - '{% if procfile is defined and not procfile %}/Procfile{% endif %}'\nlicense:\n",
    )
    (moved / "template/Procfile").write_text("web: flask run\n", encoding="utf-8")
    release(moved)
    refused(project, "update", "SET=profcile=false", says="profcile is not a question")
    both = make(project, "update")
    assert "Procfile" in both.stdout.splitlines()
    git(project, "reset", "--quiet", "--hard")
    done = make(project, "update", "SET=procfile=false")
    assert done.returncode == 0, done.stdout
    assert (project / "Procfile").read_text(encoding="utf-8") == "web: mine\n"
    assert stored(project)["procfile"] is False


def test_a_project_in_a_subdirectory_of_a_repository_is_updated(project: Path, moved: Path) -> None:
    whole = project.parent / "whole"
    shutil.copytree(project, whole / "back end", ignore=shutil.ignore_patterns(".git"))
    (whole / "README.md").write_text("Ours.\n", encoding="utf-8")
    git(whole, "init", "--quiet")
    commit(whole)
    part = whole / "back end"
    assert make(part, "option", "SET=license=GPL-3.0-or-later").returncode == 0
    assert git(whole, "diff", "--staged", "--name-only").startswith("back end/.copier-answers.yml")
    commit(whole)
    edit(part, ".editorconfig", "indent_size = 4", "indent_size = 3")
    (part / "README.md").unlink()
    commit(whole)
    release(moved)
    done = make(part, "update")
    assert "Resolve the conflict markers" in done.stdout
    unmerged = git(whole, "diff", "--name-only", "--diff-filter=U").split("\n")
    assert unmerged == ["back end/.editorconfig", ""]
    assert not (part / "README.md").exists()
    assert (whole / "README.md").read_text(encoding="utf-8") == "Ours.\n"


HOSTILE = """
[apply]
    whitespace = error-all
[color]
    ui = always
[core]
    attributesFile = {folder}/attributes
    excludesFile = {folder}/excludes
    hooksPath = {folder}/hooks
[diff]
    external = false
    noprefix = true
[init]
    templateDir = {folder}/git
[status]
    showUntrackedFiles = no
"""


@pytest.fixture
def hostile(tmp_path: Path) -> dict[str, str]:
    """Settings of git that made updates lose edits, or made Copier fail."""
    folder = tmp_path / "hostile"
    files = {
        "attributes": "docs/README.md -diff\n",
        "config": HOSTILE.format(folder=folder),
        "excludes": "pyproject.toml\n",
        "git/info/exclude": "LICENSE\n",
        "hooks/post-checkout": "#!/bin/sh\nexit 1\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "hooks/post-checkout").chmod(0o755)
    return {"GIT_CONFIG_GLOBAL": str(folder / "config")}


def test_git_settings_do_not_lose_edits(
    project: Path, moved: Path, hostile: dict[str, str]
) -> None:
    edit(project, ".editorconfig", "indent_size = 4", "indent_size = 3")
    for name in ("docs/README.md", "pyproject.toml", "LICENSE"):
        text = (project / name).read_text(encoding="utf-8")
        (project / name).write_text(f"{text.rstrip()}\n\n# Mine.  \n", encoding="utf-8")
    commit(project)
    done = make(project, "option", "SET=python=3.12 server=granian", **hostile)
    assert done.returncode == 0, done.stdout
    commit(project)
    for name in ("docs/README.md", "pyproject.toml", "LICENSE"):
        assert (project / name).read_text(encoding="utf-8").endswith("\n# Mine.  \n")
    release(moved)
    both = make(project, "update", **hostile)
    assert "Resolve the conflict markers" in both.stdout
    assert "indent_size = 3" in (project / ".editorconfig").read_text(encoding="utf-8")
    git(project, "reset", "--quiet", "--hard")
    (project / "untracked.txt").write_text("Mine.\n", encoding="utf-8")
    refused(project, "update", says="Commit first", **hostile)


def test_windows_line_endings_are_kept(project: Path, tmp_path: Path) -> None:
    (project / ".gitattributes").write_text("", encoding="utf-8")  # it requires LF
    commit(project)
    git(project, "config", "core.autocrlf", "true")
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\n    autocrlf = true\n", encoding="utf-8")
    git(project, "rm", "--quiet", "-r", "--cached", ".")
    git(project, "reset", "--quiet", "--hard")
    assert b"\r\n" in (project / ".copier-answers.yml").read_bytes()
    edit(project, "docs/README.md", "# A tour", "# My tour")
    commit(project)
    done = subprocess.run(
        [sys.executable, ".copier/update.py", "option", "server=granian"],
        cwd=project,
        env=env(GIT_CONFIG_GLOBAL=str(settings)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tour = (project / "docs/README.md").read_text(encoding="utf-8")
    assert "# My tour" in tour
    assert "gunicorn" not in tour
    assert b"\r\n" in (project / ".copier-answers.yml").read_bytes()
    assert git(project, "ls-files", "--unmerged") == ""


def test_new_files_that_git_ignores_are_added(project: Path) -> None:
    edit(project, ".gitignore", ".venv/\n", ".venv/\n*.yaml\n")
    commit(project)
    assert make(project, "option", "SET=container=compose").returncode == 0
    assert (project / "compose.yaml").exists()


def test_checks_run_after_the_change_and_may_fail(project: Path) -> None:
    fine = make(project, "option", "SET=license=proprietary", CHECKS="help")
    assert fine.returncode == 0, fine.stdout
    assert "List the commands" in fine.stdout
    commit(project)
    failing = make(project, "option", "SET=license=MIT", CHECKS="help no-such-target")
    assert failing.returncode != 0
    assert "git reset --hard" in failing.stdout
    assert 'license = "MIT"' in (project / "pyproject.toml").read_text(encoding="utf-8")


RELOCK = """
.PHONY: relock
relock:
\t@echo "# as installed" >>uv.lock; echo Mine. >notes.txt; test -z "$(FAILS)"
"""


@pytest.mark.parametrize("has_lock", [True, False], ids=["changed", "new"])
@pytest.mark.parametrize("target", ["option", "update"])
def test_only_the_lock_file_is_staged_after_the_checks(
    project: Path, moved: Path, target: str, has_lock: bool
) -> None:
    with (project / "Makefile").open("a", encoding="utf-8") as makefile:
        makefile.write(RELOCK)
    if has_lock:
        (project / "uv.lock").write_text("# as locked\n", encoding="utf-8")
    commit(project)
    release(moved)
    for fails in ("", "yes"):
        done = make(project, target, "SET=server=granian", CHECKS="relock", FAILS=fails)
        assert (done.returncode != 0) == bool(fails), done.stdout
        changed = in_git(project).splitlines()
        assert f"{'M' if has_lock else 'A'}  uv.lock" in changed
        assert [line for line in changed if line[1] != " "] == ["?? notes.txt"]
        git(project, "reset", "--quiet", "--hard")
        assert in_git(project) == "?? notes.txt\n"
        (project / "notes.txt").unlink()


def test_an_ignored_lock_file_is_not_staged(project: Path) -> None:
    with (project / "Makefile").open("a", encoding="utf-8") as makefile:
        makefile.write(RELOCK)
    edit(project, ".gitignore", ".venv/\n", ".venv/\nuv.lock\nnotes.txt\n")
    commit(project)
    done = make(project, "option", "SET=server=granian", CHECKS="relock")
    assert done.returncode == 0, done.stdout
    assert "uv.lock" not in in_git(project)


def test_the_lock_file_is_named_when_checks_are_skipped(project: Path) -> None:
    done = make(project, "option", "SET=server=granian", CHECKS="")
    assert "run make setup, and stage uv.lock" in done.stdout.splitlines()[-1]
    assert [line for line in in_git(project).splitlines() if line[1] != " "] == []
    commit(project)
    # This answer does not change the dependencies.
    done = make(project, "option", "SET=container=none", CHECKS="")
    assert "uv.lock" not in done.stdout


def test_messages_name_python_commands_without_make(project: Path, tmp_path: Path) -> None:
    """On Windows there may be neither make nor bash."""
    for name in ("git", "copier", "sed"):  # git has a script that calls sed
        found = shutil.which(name, path=env()["PATH"])
        assert found
        (tmp_path / name).symlink_to(found)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ".copier/update.py", *arguments],
            cwd=project,
            env=env(PATH=str(tmp_path), CHECKS="lint", PYTHONIOENCODING="cp850"),
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("option").stderr.endswith(
        "? python .copier/update.py option python=3.13 license=MIT\n"
    )
    assert "python .copier/update.py option server=" in run("option", "server").stderr
    assert run("servre=granian").stderr.startswith(
        "Which command? python .copier/update.py check, "
    )
    done = run("option", "server=granian")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert "install again, as docs/without-make.md says, and stage uv.lock" in last


def test_the_default_checks_are_lint_types_and_tests(project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    assert "\nCHECKS ?= lint types test\nexport CHECKS PYTHON\n" in makefile


# --- Refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), 'make option SET="'),
        (("SET=servre=granian",), "servre is not a question"),
        (("SET=server",), "server has no value"),
        (("SET=package_name=other",), "package_name cannot be changed"),
        (("SET=_commit=v1",), "_commit is not a question"),
        (
            ("SET=database=none",),
            "database=none cannot be combined with data_layer=flask-sqlalchemy",
        ),
        (("SET=server=apache",), "'apache' is not in ['gunicorn', 'granian', 'flask']"),
        (("SET=python=2.7",), "'2.7' is not in"),
        (("SET=author_email=nobody",), "must be an e-mail address"),
        (("SET=pre_commit=nope",), "pre_commit is true or false, and not nope"),
        (("SET=licens.=MIT",), "licens. is not a question"),
    ],
)
def test_an_invalid_answer_is_refused(
    project: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    refused(project, "option", *arguments, says=sentence)
    assert tree(project) == tree(begun(DEFAULT))


@pytest.mark.parametrize("target", ["option", "update"])
def test_uncommitted_changes_are_refused(project: Path, target: str) -> None:
    edit(project, "wsgi.py", "import sys", "import sys  # changed")
    refused(project, target, "SET=server=granian", says="Commit first")
    git(project, "checkout", "--quiet", ".")
    (project / "untracked.txt").write_text("Mine.\n", encoding="utf-8")
    refused(project, target, "SET=server=granian", says="Commit first")


@pytest.mark.parametrize("target", ["option", "update"])
def test_a_repository_without_a_commit_is_refused(project: Path, target: str) -> None:
    shutil.rmtree(project / ".git")
    git(project, "init", "--quiet")
    refused(project, target, "SET=server=granian", says="Commit first")


@pytest.mark.parametrize("target", ["option", "update"])
def test_a_project_outside_git_is_refused(project: Path, tmp_path: Path, target: str) -> None:
    shutil.rmtree(project / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    refused(project, target, "SET=server=granian", says="is not in git", **ceiling)


@pytest.mark.parametrize("target", ["option", "update"])
def test_a_repository_of_another_user_is_refused(project: Path, target: str) -> None:
    stranger = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    says = "git config --global --add safe.directory"
    refused(project, target, "SET=server=granian", says=says, **stranger)


def test_update_check_works_outside_git(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / ".git")
    done = make(project, "update-check", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert done.stdout == "This project is up to date with its template.\n"


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_missing_copier_is_reported_with_a_fix(project: Path, target: str) -> None:
    arguments = (target, "SET=server=granian")
    refused(project, *arguments, says="pipx install copier", COPIER="no-such-copier")


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_an_old_python_is_refused(project: Path, tmp_path: Path, target: str) -> None:
    line = "import sys; sys.version_info = (3, 8, 18, 'final', 0)\n"
    (tmp_path / "sitecustomize.py").write_text(line, encoding="utf-8")
    says = "Python 3.8.18 is too old, 3.9 or newer is needed. Name another one after the target: "
    refused(project, target, "SET=server=granian", says=says, PYTHONPATH=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("tools", (3, 7)),  # the oldest version that feature_version accepts
        ("update", (3, 7)),
        ("update_commands", (3, 9)),
        ("update_in_clone", (3, 9)),
        ("update_migrations", (3, 9)),
    ],
)
def test_the_scripts_parse_on_the_oldest_supported_python(
    name: str, version: tuple[int, int]
) -> None:
    path = rendered({}) / f".copier/{name}.py"
    ast.parse(path.read_text(encoding="utf-8"), feature_version=version)


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("copier 9.6.0", "is version 9.6.0, but 9.19 or newer is needed. Install it: pipx install"),
        ("something else", "does not run as copier. Install it: pipx install copier"),
        ("nothing; exit 3", "does not run as copier. Install it: pipx install copier"),
    ],
)
def test_an_unusable_copier_is_reported(
    project: Path, tmp_path: Path, target: str, printed: str, sentence: str
) -> None:
    other = tmp_path / "copier"
    other.write_text(f"#!/bin/sh\necho {printed}\n", encoding="utf-8")
    other.chmod(0o755)
    refused(project, target, "SET=server=granian", says=sentence, COPIER=str(other))


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_a_missing_temporary_folder_is_reported(project: Path, tmp_path: Path, target: str) -> None:
    nowhere = str(tmp_path / "nowhere")
    refused(project, target, "SET=server=granian", says="TMPDIR", TMPDIR=nowhere)


@pytest.mark.parametrize("content", [b"# Stra\xdfe\n", b"\0\1\2"])
def test_a_binary_file_is_not_damaged(project: Path, content: bytes) -> None:
    with (project / "LICENSE").open("ab") as file:
        file.write(content)
    commit(project)
    refused(project, "option", "SET=license=proprietary", says="LICENSE is not UTF-8 text")


def test_an_untracked_ignored_file_is_not_overwritten(project: Path) -> None:
    (project / ".git/info/exclude").write_text("Dockerfile\n", encoding="utf-8")
    assert make(project, "option", "SET=container=none").returncode == 0
    commit(project)
    (project / "Dockerfile").write_text("FROM mine\n", encoding="utf-8")
    refused(project, "option", "SET=container=dockerfile", says="is in the way")


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
@pytest.mark.parametrize("name", ["_commit", "_src_path"])
def test_an_answers_file_without_its_template_is_refused(
    project: Path, target: str, name: str
) -> None:
    answers = project / ".copier-answers.yml"
    lines = answers.read_text(encoding="utf-8").splitlines(keepends=True)
    answers.write_text("".join(li for li in lines if not li.startswith(name)), encoding="utf-8")
    commit(project)
    refused(project, target, "SET=server=granian", says=f"has no {name}")


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_a_relative_template_path_is_refused(project: Path, target: str) -> None:
    edit(project, ".copier-answers.yml", str(source_of(project)), ".")
    commit(project)
    refused(project, target, "SET=server=granian", says="Write the absolute path as _src_path")


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_a_missing_answers_file_is_reported_with_a_way_to_restore_it(
    project: Path, target: str
) -> None:
    (project / ".copier-answers.yml").unlink()
    commit(project)
    commit(project)
    refused(project, target, "SET=server=granian", says=".copier-answers.yml is missing")
    told = make(project, target, "SET=server=granian").stdout
    subprocess.run(
        ["bash", "-c", told.splitlines()[0].split("Restore it: ")[1]], cwd=project, check=True
    )
    assert tree(project) == tree(begun(DEFAULT))


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_an_answer_edited_by_hand_is_refused(project: Path, target: str) -> None:
    """Copier would trust it, and not update the files."""
    edit(project, ".copier-answers.yml", "server: gunicorn", "server: granian")
    commit(project)
    refused(project, target, "SET=license=MIT", says="edited by hand")


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_a_moved_template_is_reported(project: Path, moved: Path, target: str) -> None:
    away = moved.rename(moved.with_name("elsewhere"))
    refused(project, target, "SET=server=granian", says=f"from {moved} ")
    edit(project, ".copier-answers.yml", str(moved), str(away))
    commit(project)
    assert make(project, target, "SET=server=granian").returncode == 0


@pytest.mark.parametrize("target", ["option", "update", "update-check"])
def test_an_unreachable_template_is_reported_in_one_line(project: Path, target: str) -> None:
    source, url = source_of(project), "https://127.0.0.1:1/template.git"
    edit(project, ".copier-answers.yml", str(source), url)
    commit(project)
    refused(project, target, "SET=server=granian", says=url)


def test_a_missing_version_is_reported_in_one_line(project: Path, moved: Path) -> None:
    git(moved, "tag", "--delete", "v999.0.0")
    refused(project, "option", "SET=server=granian", says="no version v999.0.0 any more. Write")


def test_an_interrupted_change_leaves_the_tree_as_it_was(project: Path, tmp_path: Path) -> None:
    make(project, "option", "SET=server=granian")
    after = tree_as_is(project)
    git(project, "reset", "--quiet", "--hard")
    before = tree_as_is(project)
    for sign, seconds in product([signal.SIGINT, signal.SIGKILL], [0.5, 1.5]):
        process = subprocess.Popen(
            ["make", "option", "SET=server=granian"],
            cwd=project,
            env=env(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(seconds)
        os.killpg(process.pid, sign)
        process.wait(timeout=120)  # it may also come to its end
        # Either everything or nothing has changed, whenever the signal came.
        assert tree_as_is(project) in (before, after), (sign, seconds)
        git(project, "reset", "--quiet", "--hard")
    assert make(project, "option", "SET=server=granian").returncode == 0


def test_the_last_step_ignores_interrupts(project: Path, tmp_path: Path) -> None:
    """If git were interrupted while it writes files, only some of them would change."""
    real = shutil.which("git")
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin/git"
    wrapper.write_text(
        f"""#!/bin/bash
case "$*" in *"apply --index --whitespace"*) kill -INT 0; kill -TERM 0 ;; esac
exec {real} "$@"
""",
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    path = f"{tmp_path}/bin:{env()['PATH']}"
    done = subprocess.run(
        [sys.executable, ".copier/update.py", "option", "server=granian"],
        cwd=project,
        env=env(PATH=path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Done." in done.stdout
    assert git(project, "diff", "--name-only") == ""
    assert stored(project)["server"] == "granian"
