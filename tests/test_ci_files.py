"""The CI files of projects for GitHub and GitLab, and the commit hook."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.support.installed import Installed, installed
from tests.support.matrix import Row, answer, rows
from tests.support.projects import rendered, run
from tests.support.questions import choice_questions
from tests.support.releases import git
from tests.support.terminal import IDENTITY, called_targets, targets

Job = dict[str, Any]

SERVERS = {"postgresql": "postgres", "mysql": "mariadb"}
PORTS = {"postgresql": 5432, "mysql": 3306}
LOCKS = {"uv": "uv.lock", "poetry": "poetry.lock", "pip": "requirements.txt"}


def with_answer(question: str, value: str) -> Callable[[Callable[..., None]], Any]:
    """Run a test for each row of the covering set that has this answer."""
    found = [row for row in rows() if answer(row, question) == value]
    assert found
    return pytest.mark.parametrize("row", found, ids=lambda row: row.name)


ON_GITHUB = with_answer("ci", "github")
ON_GITLAB = with_answer("ci", "gitlab")


def paths(*patterns: str) -> list[Path]:
    """Return the files that match these patterns, of every row of the covering set."""
    return [
        path
        for row in rows()
        for pattern in patterns
        for path in rendered(row.answers).glob(pattern)
    ]


def content(row: Row, path: str) -> dict[str, Any]:
    text = (rendered(row.answers) / path).read_text(encoding="utf-8")
    # In YAML 1.1, the key `on` is a boolean: `True`.
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def tool(name: str, *arguments: str | Path) -> None:
    """Run a tool of this repository. On failure, show its output."""
    done = subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def pythons(row: Row) -> list[str]:
    """Return the supported Python versions, from the oldest of this project up."""
    known = choice_questions()["python"].values
    return known[known.index(answer(row, "python")) :]


def address_fits(row: Row, url: str, host: str, service: dict[str, str]) -> None:
    """Check that the URL has the database, the user and the password of the service."""
    database = answer(row, "database")
    prefix = SERVERS[database].upper()
    parts = urlsplit(url)
    secret = "POSTGRES_PASSWORD" if database == "postgresql" else "MARIADB_ROOT_PASSWORD"
    assert (parts.scheme, parts.hostname, parts.port) == (database, host, PORTS[database])
    assert parts.username == {"postgresql": "postgres", "mysql": "root"}[database]
    name = f"{prefix}_DB" if database == "postgresql" else f"{prefix}_DATABASE"
    assert service == {secret: parts.password, name: parts.path.removeprefix("/")}


def image_is_built(row: Row, commands: list[str] | None) -> None:
    if answer(row, "container") == "none":
        assert commands is None
        return
    assert commands is not None
    built = [command for command in commands if command.startswith("docker")]
    assert built == ["docker build ."]  # the last stage
    dockerfile = (rendered(row.answers) / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE)
    assert stages[-1] == ("dev" if answer(row, "server") == "flask" else "prod")


# --- All of them ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "pattern", "more"),
    [
        ("github-workflows", ".github/workflows/*.yml", []),
        ("dependabot", ".github/dependabot.yml", []),
        ("gitlab-ci", ".gitlab-ci.yml", ["--data-transform", "gitlab-ci"]),
        ("renovate", "renovate.json", []),
    ],
)
def test_each_file_matches_its_schema(schema: str, pattern: str, more: list[str]) -> None:
    found = paths(pattern)
    assert found
    tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *more, *found)


# --- GitHub -----------------------------------------------------------------------------------


def jobs_on_github(row: Row) -> dict[str, Job]:
    """Return the jobs that a push starts."""
    workflows = [content(row, f".github/workflows/{name}.yml") for name in ("ci", "audit")]
    return {name: job for workflow in workflows for name, job in workflow["jobs"].items()}


def commands_on_github(job: Job) -> list[str]:
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_zizmor_finds_nothing() -> None:
    found = paths(".github/workflows/*.yml", ".github/dependabot.yml")
    tool("zizmor", "--offline", "--no-progress", "--color=never", *found)


@ON_GITHUB
def test_every_action_is_pinned_by_its_commit(row: Row) -> None:
    for path in (rendered(row.answers) / ".github" / "workflows").iterdir():
        uses = re.findall(r"\buses: *(.*)", path.read_text(encoding="utf-8"))
        assert uses
        for line in uses:
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@ON_GITHUB
def test_workflows_are_read_only_and_have_timeouts(row: Row) -> None:
    for path in (rendered(row.answers) / ".github" / "workflows").iterdir():
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}
        for name, job in workflow["jobs"].items():
            assert "permissions" not in job, name
            assert job["timeout-minutes"] <= 20, name
            assert job["steps"][0]["with"]["persist-credentials"] is False


@ON_GITHUB
def test_github_jobs_run_existing_make_targets(row: Row) -> None:
    known = targets(rendered(row.answers) / "Makefile")
    made: dict[str, list[str]] = {}
    for path in (rendered(row.answers) / ".github" / "workflows").iterdir():
        for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
            made[name] = [t for c in commands_on_github(job) for t in called_targets(c.strip())]
            assert set(made[name]) <= known, name
    assert made["lint"] == ["lint", "types"]
    assert made["test"] == ["test"]
    assert made["audit"] == ["audit"]
    assert made["newer"] == ["update-check"]


@ON_GITHUB
def test_github_installs_every_python_and_the_package_manager(row: Row) -> None:
    jobs = jobs_on_github(row)
    assert jobs["lint"]["steps"][1]["with"] == {"python-version": answer(row, "python")}
    assert jobs["audit"]["steps"][1]["with"] == {"python-version": answer(row, "python")}
    assert jobs["test"]["strategy"]["matrix"] == {"python": pythons(row)}
    assert jobs["test"]["steps"][1]["with"] == {"python-version": "${{ matrix.python }}"}
    manager = answer(row, "package_manager")
    for name in ("lint", "test", "audit"):
        installed = [c for c in commands_on_github(jobs[name]) if c.startswith("pipx")]
        assert installed == ([] if manager == "pip" else [f"pipx install {manager}"])


@ON_GITHUB
def test_github_audits_weekly_in_a_separate_workflow(row: Row) -> None:
    """A new advisory does not fail the workflow of the tests."""
    audit = content(row, ".github/workflows/audit.yml")
    on = audit[True]  # type: ignore[index]
    assert [len(entry["cron"].split()) for entry in on["schedule"]] == [5]
    assert on["schedule"][0]["cron"].endswith(" 1")
    assert on["push"] == content(row, ".github/workflows/ci.yml")[True]["push"]  # type: ignore[index]
    assert list(audit["jobs"]) == ["audit"]


@ON_GITHUB
def test_github_starts_the_database(row: Row) -> None:
    jobs = jobs_on_github(row)
    database, job = answer(row, "database"), jobs["test"]
    assert all("services" not in other for name, other in jobs.items() if name != "test")
    if database not in SERVERS:
        assert not {"services", "env"} & job.keys()
        return
    (service,) = job["services"].values()
    assert service["image"].startswith(f"{SERVERS[database]}:")
    assert service["ports"] == [f"{PORTS[database]}:{PORTS[database]}"]
    assert "--health-cmd" in service["options"]
    address_fits(row, job["env"]["DATABASE_URL"], "127.0.0.1", service["env"])


@ON_GITHUB
def test_github_builds_the_image(row: Row) -> None:
    job = jobs_on_github(row).get("image")
    image_is_built(row, commands_on_github(job) if job else None)


@ON_GITHUB
def test_dependabot_covers_every_ecosystem_of_the_project(row: Row) -> None:
    updates = content(row, ".github/dependabot.yml")["updates"]
    expected = ["github-actions", "uv" if answer(row, "package_manager") == "uv" else "pip"]
    expected += ["docker"] * (answer(row, "container") != "none")
    expected += ["docker-compose"] * (answer(row, "container") == "compose")
    assert [update["package-ecosystem"] for update in updates] == expected
    for update in updates:
        assert update["schedule"] == {"interval": "weekly"}
        assert update["cooldown"]["default-days"] >= 7
        assert [g["update-types"] for g in update["groups"].values()] == [["minor", "patch"]]


def images_of_services(row: Row) -> set[str]:
    """Return the Compose files that name an image not built by the project."""
    project = rendered(row.answers)
    return {
        path.relative_to(project).as_posix()
        for path in project.glob("**/*compose*/*.yaml")
        if re.search(r"(?m)^ +image: \S+:", path.read_text(encoding="utf-8"))
    }


def test_dependabot_and_renovate_find_the_images_of_services() -> None:
    """Both find files by name. The patterns are those of their source code in 2026-11."""
    dependabot, renovate = (
        r"(docker-)?compose(\.[\w-]+)?\.ya?ml",
        r"(^|/)(docker-)?compose[^/]*\.ya?ml$",
    )
    found = {path for row in rows() for path in images_of_services(row)}
    assert len(found) == 4
    for path in found:
        folder, _, name = path.rpartition("/")
        assert re.search(dependabot, name)
        assert re.search(renovate, path)
        assert folder == "deploy/compose"
    for row in rows():
        if answer(row, "ci") == "github" and images_of_services(row):
            updates = content(row, ".github/dependabot.yml")["updates"]
            [services] = [u for u in updates if u["package-ecosystem"] == "docker-compose"]
            assert services["directory"] == "/deploy/compose"


@pytest.mark.parametrize(
    ("place", "looked_at"),
    [
        ("https://example.org/template.git", True),
        ("git+https://example.org/template", True),
        ("git+ssh://git@example.org/template", True),
        ("git@example.org:template.git", True),
        ("gh:owner/template", True),
        ("gl:owner/template", True),
        ("/home/ada/template", False),
        ("../template", False),
        ("git+file:///home/ada/template", False),
    ],
)
def test_github_checks_for_a_newer_template_only_at_a_url(
    place: str, looked_at: bool, tmp_path: Path
) -> None:
    row = next(row for row in rows() if answer(row, "ci") == "github")
    (job,) = content(row, ".github/workflows/template.yml")["jobs"].values()
    answers = (rendered(row.answers) / ".copier-answers.yml").read_text(encoding="utf-8")
    moved = re.sub(r"^_src_path: .*$", f"_src_path: {place}", answers, flags=re.MULTILINE)
    (tmp_path / ".copier-answers.yml").write_text(moved, encoding="utf-8")
    (tmp_path / "Makefile").write_text("update-check:\n\t@echo looked; exit 1\n", encoding="utf-8")
    # GitHub runs steps like this.
    done = subprocess.run(
        ["bash", "-e", "-c", job["steps"][-1]["run"]],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("looked" in done.stdout.split()) == looked_at, done.stdout
    assert (done.returncode != 0) == looked_at, done.stdout + done.stderr


# --- GitLab -----------------------------------------------------------------------------------


def jobs_on_gitlab(row: Row) -> dict[str, Job]:
    """Return the jobs, each merged with the job that it extends."""
    every = content(row, ".gitlab-ci.yml")
    jobs = {}
    for name, job in every.items():
        if name not in {"workflow", "default"} and not name.startswith("."):
            base = every.get(job.get("extends"), {})
            variables = base.get("variables", {}) | job.get("variables", {})
            jobs[name] = {**base, **job, "variables": variables}
    return jobs


@ON_GITLAB
def test_gitlab_jobs_have_timeouts(row: Row) -> None:
    for name, job in jobs_on_gitlab(row).items():
        assert re.fullmatch(r"(15|20) minutes", job["timeout"]), name


@ON_GITLAB
def test_gitlab_jobs_run_existing_make_targets(row: Row) -> None:
    known = targets(rendered(row.answers) / "Makefile")
    jobs = jobs_on_gitlab(row)
    made = {n: [t for c in job["script"] for t in called_targets(c)] for n, job in jobs.items()}
    assert all(set(called) <= known for called in made.values()), made
    assert made["lint"] == ["lint", "types"]
    assert made["test"] == ["test"]
    assert made["audit"] == ["audit"]


@ON_GITLAB
def test_gitlab_installs_every_python_and_the_package_manager(row: Row) -> None:
    jobs = jobs_on_gitlab(row)
    manager = answer(row, "package_manager")
    assert jobs["lint"]["image"] == f"python:{answer(row, 'python')}-slim"
    assert jobs["test"]["image"] == "python:$TEST_PYTHON-slim"
    assert jobs["test"]["parallel"]["matrix"] == [{"TEST_PYTHON": pythons(row)}]
    for name in ("lint", "test", "audit"):
        job = jobs[name]
        installed = [c for c in job["before_script"] if c.startswith("pip install")]
        assert installed == ([] if manager == "pip" else [f"pip install {manager}"])
        assert job["cache"]["key"]["files"] == [LOCKS[manager]]
        (folder,) = job["cache"]["paths"]
        assert job["variables"][f"{manager.upper()}_CACHE_DIR"] == f"$CI_PROJECT_DIR/{folder}"


@ON_GITLAB
def test_gitlab_fails_for_an_advisory_only_on_a_schedule(row: Row) -> None:
    scheduled, other = jobs_on_gitlab(row)["audit"]["rules"]
    assert scheduled == {"if": '$CI_PIPELINE_SOURCE == "schedule"'}
    assert other == {"allow_failure": True}


@ON_GITLAB
def test_gitlab_starts_the_database(row: Row) -> None:
    jobs = jobs_on_gitlab(row)
    database, job = answer(row, "database"), jobs["test"]
    assert "services" not in jobs["lint"]
    if database not in SERVERS:
        assert "services" not in job
        assert "DATABASE_URL" not in job["variables"]
        return
    (service,) = job["services"]
    assert service["name"].startswith(f"{SERVERS[database]}:")
    address_fits(row, job["variables"]["DATABASE_URL"], service["alias"], service["variables"])


@ON_GITLAB
def test_gitlab_builds_the_image(row: Row) -> None:
    job = jobs_on_gitlab(row).get("build-image")
    image_is_built(row, job["script"] if job else None)
    if job:
        client, (server,) = job["image"], job["services"]
        assert client.removesuffix("-cli") == server.removesuffix("-dind")


@ON_GITLAB
def test_renovate_has_a_rule_for_the_template(row: Row) -> None:
    settings = json.loads((rendered(row.answers) / "renovate.json").read_text(encoding="utf-8"))
    assert ".copier-answers.yml" in " ".join(settings["description"])
    assert settings["minimumReleaseAge"] == "7 days"
    assert settings["packageRules"][-1]["matchManagers"] == ["copier"]


# --- The hook ---------------------------------------------------------------------------------


def test_the_hook_downloads_nothing() -> None:
    row = next(row for row in rows() if answer(row, "pre_commit") == "true")
    repositories = content(row, ".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system", "pygrep"}
    for hook in hooks:
        assert hook["entry"].startswith(".venv/bin/") == (hook["language"] == "system")


# The id sends all tests of this project to one worker.
@pytest.fixture(scope="module", params=[Row("hook", (("preset", "api"),))], ids=lambda row: row.id)
def project(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """A project with the hook, in git and with one commit."""
    assert answer(request.param, "pre_commit") == "true"
    with installed(request.param) as project:
        assert not (project.folder / ".git").exists()
        project.env |= IDENTITY | {"PRE_COMMIT_HOME": str(project.folder.parent / "pre-commit")}
        git(project.folder, "init", "--quiet")
        run(["make", "setup"], project.folder, project.env)
        assert os.access(project.folder / ".git" / "hooks" / "pre-commit", os.X_OK)
        assert commit(project, "Start") == ""
        yield project
        shutil.rmtree(project.env["PRE_COMMIT_HOME"])


def commit(project: Installed, message: str) -> str:
    """Commit everything and return "". If the hook refuses, reset, and return its output."""
    git(project.folder, "add", "--all")
    done = subprocess.run(
        ["git", "commit", "--quiet", "-m", message],
        cwd=project.folder,
        env=project.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    git(project.folder, "reset", "--quiet", "--hard")
    return done.stdout


def write(project: Installed, path: str, text: str) -> None:
    (project.folder / path).write_text(text, encoding="utf-8")


@pytest.mark.project
@pytest.mark.parametrize(
    ("path", "text", "found_by"),
    [
        ("src/my_flask_app/more.py", "import os\n", "mistakes"),
        ("src/my_flask_app/more.py", "NUMBER = (1)\n", "format"),
        ("src/my_flask_app/more.py", 'NUMBER: int = "1"\n', "types"),
        ("docs/more.md", "# More\n\n<<<<<<< mine\n", "markers"),
        ("docs/more.md", "# More\n\n>>>>>>>\n", "markers"),
    ],
)
def test_a_commit_with_an_error_is_refused(
    project: Installed, path: str, text: str, found_by: str
) -> None:
    write(project, path, text)
    said = commit(project, "More")
    assert re.findall(r"^- hook id: (.*)$", said, re.MULTILINE) == [found_by], said


@pytest.mark.project
def test_a_clean_commit_with_text_like_a_conflict_marker_is_accepted(project: Installed) -> None:
    write(project, "src/my_flask_app/clean.py", "NUMBER = 1\n")
    write(project, "docs/clean.md", "A title\n=======\n\n<<<<<<<<< no marker\n")
    assert commit(project, "Clean") == ""
    assert git(project.folder, "log", "-1", "--format=%s").strip() == "Clean"


def hook_of(project: Installed) -> Path:
    return project.folder / ".git" / "hooks" / "pre-commit"


def set_up(project: Installed) -> list[str]:
    """Run `make setup`, and return the lines on the hook."""
    said = run(["make", "setup"], project.folder, project.env).stdout
    return [line for line in said.splitlines() if "hook" in line]


BY_PRE_COMMIT = "# File generated by pre-commit: https://pre-commit.com"

# The hook that `make setup` wrote up to 0.2.2.
FORMER = """#!/bin/sh
[ ! -f .pre-commit-config.yaml ] || exec .venv/bin/pre-commit run
"""


@pytest.mark.project
def test_a_commit_without_the_pre_commit_configuration_is_accepted(project: Installed) -> None:
    git(project.folder, "rm", "--quiet", ".pre-commit-config.yaml")
    write(project, "src/my_flask_app/more.py", "import os\n")
    assert commit(project, "Without the list") == ""
    git(project.folder, "reset", "--quiet", "--hard", "HEAD~1")


@pytest.mark.project
def test_the_hook_is_uninstalled_before_the_option_is_turned_off(project: Installed) -> None:
    """Otherwise every commit would fail, because .venv no longer has pre-commit."""
    answers = (project.folder / ".copier-answers.yml").read_bytes()
    # `make --dry-run` prints the commands for other answers, and for this one.
    dry = ["make", "--dry-run", "option"]
    said = run([*dry, "SET=license=MIT python=3.13"], project.folder, project.env).stdout
    assert "uninstall" not in said
    said = run([*dry, "SET=python=3.13 pre_commit=false"], project.folder, project.env).stdout
    assert said.index("pre-commit uninstall") < said.index(".copier/update")
    run(["make", "unhook", "SET=pre_commit=false"], project.folder, project.env)
    assert not hook_of(project).exists()
    assert (project.folder / ".copier-answers.yml").read_bytes() == answers
    assert set_up(project) == []
    assert hook_of(project).exists()


@pytest.mark.project
def test_the_hook_of_an_older_release_is_replaced(project: Installed) -> None:
    hook_of(project).write_text(FORMER, encoding="utf-8")
    assert set_up(project) == []
    assert BY_PRE_COMMIT in hook_of(project).read_text(encoding="utf-8")
    assert not hook_of(project).with_name("pre-commit.legacy").exists()


@pytest.mark.project
def test_a_custom_hook_is_kept_and_still_runs(project: Installed) -> None:
    hook_of(project).write_text("#!/bin/sh\necho Mine.\n", encoding="utf-8")
    for _ in range(2):
        assert set_up(project) == []
    assert BY_PRE_COMMIT in hook_of(project).read_text(encoding="utf-8")
    write(project, "src/my_flask_app/more.py", "import os\n")
    said = commit(project, "More")
    assert said.count("Mine.") == 1
    assert said.count("- hook id: mistakes") == 1
    hook_of(project).with_name("pre-commit.legacy").unlink()


@pytest.mark.project
def test_a_custom_hooks_path_is_left_alone(project: Installed) -> None:
    git(project.folder, "config", "core.hooksPath", "mine")
    hook_of(project).unlink()
    [said] = set_up(project)
    assert said == (
        "No commit hook: core.hooksPath is mine. Run .venv/bin/pre-commit from one of yours."
    )
    assert not (project.folder / "mine").exists()
    assert not hook_of(project).exists()
    git(project.folder, "config", "--unset", "core.hooksPath")
    assert set_up(project) == []


@pytest.mark.project
def test_a_worktree_gets_the_hook(project: Installed, tmp_path: Path) -> None:
    hook_of(project).unlink()
    git(project.folder, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    (tmp_path / "tree" / ".venv").symlink_to(project.folder / ".venv")
    run(["make", "hook"], tmp_path / "tree", project.env)
    assert BY_PRE_COMMIT in hook_of(project).read_text(encoding="utf-8")
    git(project.folder, "worktree", "remove", "--force", str(tmp_path / "tree"))


@pytest.mark.project
def test_a_project_in_a_subdirectory_of_a_repository_gets_no_hook(project: Installed) -> None:
    """It would check commits in the whole repository."""
    aside = project.folder / ".git"
    outer = project.folder.parent
    kept = aside.rename(outer / "kept")
    git(outer, "init", "--quiet")
    [said] = set_up(project)
    assert said == (
        "No commit hook: the repository begins in a folder above."
        " Run .venv/bin/pre-commit from one of yours."
    )
    assert not (outer / ".git" / "hooks" / "pre-commit").exists()
    shutil.rmtree(outer / ".git")
    kept.rename(aside)
