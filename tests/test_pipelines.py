"""The CI files of new projects: every step of the first push passes in a fresh clone."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.advisories import advisory_service
from tests.support.matrix import Row
from tests.support.pipelines import (
    RUN_BY_TEST_CONTAINERS,
    Done,
    OnGitHub,
    OnGitLab,
    Service,
    evaluate,
    newest_python,
    resolve,
)
from tests.support.projects import (
    environment,
    help_poetry,
    python_for,
    run,
    run_online,
    stored_answers,
    workshop,
)
from tests.support.questions import choice_questions
from tests.support.releases import git, tagged_source
from tests.support.servers import free_port

# tests/test_containers.py runs these jobs, because it builds the images.
IMAGE_JOBS = RUN_BY_TEST_CONTAINERS.values()
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# The public URL of a template. git reads the clone of the tests instead.
PUBLIC = "https://example.org/copier-flask.git"

# Every package manager on GitHub and GitLab, and every database.
ROWS = [
    Row("github-uv-postgresql", (("preset", "full"),)),
    Row("github-pip-none", (("preset", "minimal"), ("package_manager", "pip"), ("ci", "github"))),
    Row("github-poetry-sqlite", (("package_manager", "poetry"),)),
    Row(
        "gitlab-uv-mysql",
        (
            ("preset", "custom"),
            ("data_layer", "raw-sql"),
            ("database", "mysql"),
            ("ci", "gitlab"),
        ),
    ),
    Row("gitlab-pip-none", (("preset", "minimal"), ("package_manager", "pip"), ("ci", "gitlab"))),
]


@dataclass
class Pushed:
    """A new project, committed as by its user."""

    folder: Path
    answers: dict[str, str]
    variables: dict[str, str]
    template: dict[str, str]
    """Variables by which git and Copier find the template."""

    def run(self) -> dict[str, Done]:
        """Run the jobs of the first push, and those that GitHub runs on a schedule."""
        clones = self.folder.parent
        if self.answers["ci"] == "gitlab":
            return OnGitLab(self.folder, clones, **self.variables).run(skip=IMAGE_JOBS)
        github = OnGitHub(self.folder, clones, **self.variables)
        return {
            **github.run("ci.yml", "push", skip=IMAGE_JOBS),
            **github.run("audit.yml", "push"),
            **OnGitHub(self.folder, clones, **self.variables, **self.template).run(
                "template.yml", "schedule"
            ),
        }


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: row.id)
def pushed(request: pytest.FixtureRequest) -> Iterator[Pushed]:
    answers = {**request.param.answers, "python": oldest_python()}
    home = workshop() / "pipelines" / request.param.name
    folder = home / "project"
    public = {
        # Copier stores a mirror of each template there.
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{tagged_source()}.insteadOf",
        "GIT_CONFIG_VALUE_0": PUBLIC,
    }
    new_project(answers, folder, public)
    help_poetry(folder, environment(VERSION))
    if stored_answers(request.param.answers)["package_manager"] == "uv":
        # This project is pushed with a lock file, the others without one.
        run_online(["make", "setup"], folder, environment(VERSION))
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--no-verify", "-m", "Start")
    with advisory_service() as url:
        all_answers = stored_answers(request.param.answers) | answers
        yield Pushed(folder, all_answers, {"PIP_AUDIT_OSV_URL": url}, public)
    shutil.rmtree(home)


def new_project(answers: dict[str, str], folder: Path, variables: dict[str, str]) -> None:
    """Generate a project from the template at its public URL."""
    data = [f"--data={name}={value}" for name, value in answers.items()]
    command = ["copier", "copy", "--quiet", "--defaults", *data, PUBLIC, str(folder)]
    run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        workshop(),
        environment(VERSION, **variables),
    )


def oldest_python() -> str:
    """Return the oldest supported Python that this machine has."""
    return next(v for v in choice_questions()["python"].values if python_for(v))


@pytest.fixture(scope="module")
def jobs(pushed: Pushed) -> dict[str, Done]:
    """The jobs of the first push, after all of them have passed."""
    return pushed.run()


@pytest.mark.project
def test_the_first_push_is_green(jobs: dict[str, Done]) -> None:
    ran = "\n".join(script for job in jobs.values() for script in job.ran)
    for command in ("make lint types", "make test", "make audit"):
        assert command in ran
    assert all(job.ran for job in jobs.values())

    python = jobs["test"].folder / ".venv" / "bin" / "python"
    printed = subprocess.run([python, "--version"], capture_output=True, text=True, check=True)
    assert f"Python {newest_python(choice_questions()['python'].values)}." in printed.stdout


@pytest.mark.project
def test_the_audit_fails_for_a_vulnerable_package(jobs: dict[str, Done]) -> None:
    with advisory_service({"werkzeug"}) as url:
        done = audit(jobs["audit"], url)
        assert done.returncode != 0
        assert "werkzeug" in done.stdout
        assert "TEST-werkzeug" in done.stdout
        assert "flask " not in done.stdout.lower()
        assert audit(jobs["audit"], url, "ARGS=--ignore-vuln TEST-werkzeug").returncode == 0


@pytest.mark.project
def test_the_audit_fails_when_the_advisory_service_is_unreachable(jobs: dict[str, Done]) -> None:
    """It must not report success without having asked the service."""
    assert audit(jobs["audit"], f"http://127.0.0.1:{free_port()}/v1/query").returncode != 0


def audit(job: Done, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "audit", *arguments],
        cwd=job.folder,
        env={**job.env, "PIP_AUDIT_OSV_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


# --- The runner of the jobs -------------------------------------------------------------------

CONTEXT = {"matrix": {"python": "3.13"}, "github": {"run_id": "7", "number": None, "ref": "main"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("Tests (${{ matrix.python }})", "Tests (3.13)"),
        ("${{ github.number || github.run_id }}", "7"),
        ("${{ github.number && 'a' || 'b' }}", "b"),
        ("${{ github.ref == 'main' && 'a' || 'b' }}", "a"),
        ("${{ github.ref != 'main' }}", "false"),
    ],
)
def test_expressions_are_resolved(text: str, value: str) -> None:
    assert resolve(text, CONTEXT) == value


@pytest.mark.parametrize(
    "expression",
    ["matrix.pythons", "secrets.TOKEN", "hashFiles('uv.lock')", "!matrix.python", "", "a b"],
)
def test_an_unknown_expression_fails(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cannot evaluate|not known"):
        evaluate(expression, CONTEXT)


JOB = """
name: A
on: {push: {branches: [main]}}
permissions: {}
concurrency: {group: a}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
      - run: test "$A$B" = 12
        env: {B: 2}
    env: {A: 1}
"""


@pytest.mark.parametrize(
    ("now", "then", "error"),
    [
        ("", "", ""),
        ("{B: 2}", "{B: 3}", "ended with 1"),
        ("run: test", "run: false; test", "= 12 ended with 1"),
        ("actions/checkout@v6", "actions/cache@v5", "actions/cache is not known"),
        ("    env: {A", "    needs: b\n    env: {A", "needs is not known"),
        ("env: {B", "shell: sh\n        env: {B", "shell is not known"),
        ("env: {B: 2}", "env: {B: '${{ inputs.b }}'}", "inputs.b is not known"),
        ("env: {B: 2}", "env: {B: 3}\n        if: github.ref == 'refs/heads/other'", ""),
        ("env: {A", "services: {a: {image: redis:8, env: {}, ports: [1:1]}}\n    env: {A", "redis"),
        ("push:", "pull_request:", "not started by push"),
    ],
)
def test_a_failing_or_unsupported_workflow_is_reported(
    now: str, then: str, error: str, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    workflow = project / ".github" / "workflows" / "a.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(JOB.replace(now, then, 1) if now else JOB, encoding="utf-8")
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "Start")
    on_github = OnGitHub(project, tmp_path)
    if error:
        with pytest.raises((AssertionError, ValueError), match=re.escape(error)):
            on_github.run("a.yml", "push")
    else:
        on_github.run("a.yml", "push")


def test_only_the_address_of_a_service_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_MYSQL_URL", "mysql://root:secret@db.test:3307/mysql")
    service = Service("mysql", ("database", 3306), "app", "pw", user="ci_1")
    assert service.address("mysql://root:pw@database:3306/app") == (
        "mysql://ci_1:pw@db.test:3307/ci_1"
    )
    assert service.address("mysql://ada:no@database:3306/other") == (
        "mysql://ada:no@db.test:3307/other"
    )
    for other in ("mysql://root:pw@127.0.0.1:3306/app", "postgresql://a:b@database:3306/app", "x"):
        assert service.address(other) == other
