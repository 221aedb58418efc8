"""Run the jobs of a project's CI files on this machine, as GitHub and GitLab would.

Each job runs in a fresh clone. The tools of an action or an image are on PATH. A service is a
database on the server that the tests use. An unknown action, image or key fails, so that no step
is left out by mistake.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from .projects import INDEX_FAILED, SYSTEM_PATH, environment, python_for, tools, workshop
from .servers import execute, server_url

Job = dict[str, Any]

# The jobs on GitHub and GitLab that need Docker.
RUN_BY_TEST_CONTAINERS = {"github": "image", "gitlab": "build-image"}

TIMEOUT = 300
"""In seconds, for one step."""

# --- Expressions of GitHub --------------------------------------------------------------------

TOKEN = re.compile(r"\s*(?:(?P<text>'[^']*')|(?P<name>[\w.-]+)|(?P<operator>\|\||&&|==|!=))")


def resolve(text: str, context: Mapping[str, Any]) -> str:
    """Return a value of a workflow with each `${{ … }}` replaced by its value in this context."""
    return re.sub(
        r"\$\{\{(.*?)\}\}", lambda found: as_text(evaluate(found[1].strip(), context)), text
    )


def as_text(value: Any) -> str:
    return {None: "", True: "true", False: "false"}.get(value, str(value))


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """Evaluate an expression of names, strings, `==`, `!=`, `&&` and `||`, without parentheses.

    Raise `ValueError` for anything else, and for a name that the context lacks.
    """
    tokens, position = [], 0
    while position < len(expression):
        found = TOKEN.match(expression, position)
        if not found:
            raise ValueError(f"cannot evaluate {expression!r} from character {position} on")
        tokens.append(found[0].strip())
        position = found.end()
    return _either(tokens, context)


def _either(tokens: list[str], context: Mapping[str, Any]) -> Any:
    for operator in ("||", "&&"):
        if operator in tokens:
            at = tokens.index(operator)
            left = _either(tokens[:at], context)
            return left if bool(left) == (operator == "||") else _either(tokens[at + 1 :], context)
    if len(tokens) == 3 and tokens[1] in {"==", "!="}:
        same = _either(tokens[:1], context) == _either(tokens[2:], context)
        return same == (tokens[1] == "==")
    if len(tokens) != 1:
        raise ValueError(f"cannot evaluate {' '.join(tokens)!r}")
    [token] = tokens
    return token[1:-1] if token.startswith("'") else _lookup(token, context)


def _lookup(name: str, context: Mapping[str, Any]) -> Any:
    value: Any = context
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise ValueError(f"{name} is not known here")
        value = value[part]
    return value


# --- Services ---------------------------------------------------------------------------------


@dataclass
class Service:
    """A database service of a job, and the local database that replaces it."""

    database: str
    offered: tuple[str, int]
    """The host and port that the job uses."""
    name: str
    password: str

    user: str = field(default_factory=lambda: f"ci_{secrets.token_hex(4)}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Create a database, and a user with all privileges and the password that the job sets."""
        server = server_url(self.database)
        if self.database == "postgresql":
            created = [
                f"CREATE ROLE {self.user} SUPERUSER LOGIN PASSWORD '{self.password}'",
                f"CREATE DATABASE {self.user} OWNER {self.user}",
            ]
            dropped = [f"DROP DATABASE {self.user} WITH (FORCE)", f"DROP ROLE {self.user}"]
        else:
            user = f"'{self.user}'@'%'"
            created = [
                f"CREATE DATABASE {self.user}",
                f"CREATE USER {user} IDENTIFIED BY '{self.password}'",
                f"GRANT ALL ON *.* TO {user} WITH GRANT OPTION",
            ]
            dropped = [f"DROP DATABASE {self.user}", f"DROP USER {user}"]
        for statement in created:
            execute(self.database, server, statement)
        try:
            yield
        finally:
            for statement in dropped:
                execute(self.database, server, statement)

    def address(self, value: str) -> str:
        """Replace the address of this service in a variable by that of the local database.

        A wrong host, port, user, password or database remains unchanged.
        """
        if not value.startswith(f"{self.database}://"):
            return value
        parts = urlsplit(value)
        if (parts.hostname, parts.port) != self.offered:
            return value
        root = {"postgresql": "postgres", "mysql": "root"}[self.database]
        user = self.user if parts.username == root else parts.username
        name = f"/{self.user}" if parts.path == f"/{self.name}" else parts.path
        real = urlsplit(server_url(self.database))
        at = f"{real.hostname}:{real.port or self.offered[1]}"
        return parts._replace(netloc=f"{user}:{parts.password}@{at}", path=name).geturl()


def _service(image: str, variables: Mapping[str, str], host: str, port: int | None) -> Service:
    kind = image.partition(":")[0]
    if kind == "postgres":
        known = {"POSTGRES_PASSWORD", "POSTGRES_DB"}
        service = ("postgresql", 5432, "POSTGRES_DB", "POSTGRES_PASSWORD")
    elif kind == "mariadb":
        known = {"MARIADB_ROOT_PASSWORD", "MARIADB_DATABASE"}
        service = ("mysql", 3306, "MARIADB_DATABASE", "MARIADB_ROOT_PASSWORD")
    else:
        raise ValueError(f"the service {image} is not known here")
    assert variables.keys() == known, f"{image} is given {sorted(variables)}"
    database, own_port, name, password = service
    return Service(database, (host, port or own_port), variables[name], variables[password])


# --- Both -------------------------------------------------------------------------------------


@dataclass
class Done:
    """A finished job: its folder, its variables and its steps."""

    folder: Path
    env: dict[str, str]
    ran: list[str] = field(default_factory=list)


def _only(names: Mapping[str, Any], known: str, where: str) -> None:
    unknown = set(names) - set(known.split())
    if unknown:
        raise ValueError(f"{where}: {', '.join(sorted(map(str, unknown)))} is not known here")


def machine(*front: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a machine with git and make, and these folders first on PATH."""
    kept = environment(f"{sys.version_info.major}.{sys.version_info.minor}")
    # These belong to the tests. Machines of GitHub and GitLab do not have them.
    for name in ("COPIER_SETTINGS_PATH",):
        kept.pop(name, None)
    path = ":".join([*map(str, front), SYSTEM_PATH])
    identity = {"GIT_CONFIG_GLOBAL": os.devnull}
    return kept | identity | {"PATH": path, "CI": "true"} | variables


def clone(source: Path, folder: Path) -> None:
    """Clone as `checkout` does: the newest commit, without history and credentials."""
    command = ["git", "clone", "--quiet", "--depth=1", f"file://{source}", str(folder)]
    subprocess.run(command, check=True, env=machine())


def run_script(shell: list[str], script: str, folder: Path, env: Mapping[str, str]) -> None:
    """Run the lines of a step. If the package index fails, retry twice."""
    for attempt in range(3):
        done = subprocess.run(
            [*shell, script],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode == 0:
            return
        if attempt == 2 or not INDEX_FAILED.search(done.stdout):
            raise AssertionError(f"{script} ended with {done.returncode}:\n{done.stdout[-8000:]}")


def _python(version: str) -> Path:
    """Return a folder that has only `python` of this version."""
    folder = workshop() / f"python-{version}"
    if not folder.exists():
        made = tools(version)
        folder.mkdir()
        for name in ("python", "python3", f"python{version}"):
            shutil.copy2(made / name, folder / name)
    return folder


def newest_python(versions: list[str]) -> str:
    """Return the newest of these versions that this machine has."""
    return max((v for v in versions if python_for(v)), key=lambda v: int(v.partition(".")[2]))


def _docker() -> list[Path]:
    """Return a folder with a `docker` whose builds use the host network, and are named $IMAGE.

    Runners of GitHub and GitLab reach the package index through the engine's own network.
    """
    program = shutil.which("docker")
    folder = workshop() / "docker"
    if program and not folder.exists():
        folder.mkdir()
        lines = f"""#!/bin/sh
[ "$1" != build ] || {{ shift; set -- build --network=host --tag="$IMAGE" "$@"; }}
exec {program} "$@"
"""
        (folder / "docker").write_text(lines, encoding="utf-8")
        (folder / "docker").chmod(0o755)
    return [folder] if program else []


# --- GitHub -----------------------------------------------------------------------------------


def _pipx() -> tuple[Path, dict[str, str]]:
    """Link pipx, which GitHub's machines have, and return its folder and its variables."""
    folder = workshop() / "pipx"
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    program = folder / "bin" / "pipx"
    if not program.exists():
        program.symlink_to(Path(sys.executable).with_name("pipx"))
    variables = {"PIPX_HOME": str(folder / "home"), "PIPX_BIN_DIR": str(folder / "bin")}
    return folder / "bin", variables


class OnGitHub:
    """The workflows of a project, which is a git repository with a commit."""

    def __init__(self, project: Path, folder: Path, **variables: str) -> None:
        """Clones are made in `folder`. The variables are those of the machine."""
        self.project = project
        self.folder = folder
        self.variables = variables

    def run(
        self, workflow: str, event: str, skip: Collection[str] = (), only: str = ""
    ) -> dict[str, Done]:
        """Run the jobs of `.github/workflows/<workflow>`, and return their results.

        Run all jobs, all except those in `skip`, or one.
        """
        path = self.project / ".github" / "workflows" / workflow
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        # In YAML 1.1, the key `on` is a boolean: `True`.
        on = content.pop(True)
        _only(content, "name permissions concurrency jobs", workflow)
        _triggers(on, event)
        github = {
            "workflow": content["name"],
            "run_id": "1",
            "event_name": event,
            "ref": "refs/heads/main",
            "event": {"pull_request": {"number": None}},
        }
        resolve(content["concurrency"]["group"], {"github": github})
        done = {}
        for name, job in content["jobs"].items():
            if name not in skip and only in ("", name):
                where = f"{workflow}: {name}"
                done[name] = self._run_job(where, job, {"github": github})
        return done

    def _run_job(self, where: str, job: Job, context: dict[str, Any]) -> Done:
        _only(job, "name runs-on timeout-minutes strategy services env steps", where)
        assert job["runs-on"].startswith("ubuntu-"), where
        if "strategy" in job:
            _only(job["strategy"], "matrix fail-fast", where)
            _only(job["strategy"]["matrix"], "python", where)
            context["matrix"] = {"python": newest_python(job["strategy"]["matrix"]["python"])}
        resolve(job.get("name", ""), context)
        with ExitStack() as stack:
            services = [_on_port(service) for service in job.get("services", {}).values()]
            for service in services:
                stack.enter_context(service.running())
            pipx, variables = _pipx()
            programs = (pipx, *_docker())
            env = machine(*programs, GITHUB_ACTIONS="true", **variables, **self.variables)
            done = Done(self.folder / re.sub(r"\W+", "-", where), env)
            env |= _variables(job, context, services)
            for step in job["steps"]:
                _only(step, "name uses with run env working-directory if", where)
                if "if" not in step or evaluate(step["if"], context):
                    self._run_step(step, done, context, services)
        return done

    def _run_step(
        self, step: Job, done: Done, context: dict[str, Any], services: list[Service]
    ) -> None:
        if "uses" in step:
            given = {n: resolve(str(v), context) for n, v in step.get("with", {}).items()}
            _use(step["uses"].partition("@")[0], given, done, self.project)
            return
        script = resolve(step["run"], context)
        folder = done.folder / step.get("working-directory", ".")
        # The default shell of a step.
        env = done.env | _variables(step, context, services)
        run_script(["bash", "-e", "-c"], script, folder, env)
        done.ran.append(script)


def _triggers(on: Mapping[str, Any], event: str) -> None:
    """Check that this event starts the workflow. A push is a push to `main`."""
    assert event in on, f"not started by {event}"
    if event == "push":
        assert "main" in on["push"]["branches"]


def _variables(of: Job, context: Mapping[str, Any], services: list[Service]) -> dict[str, str]:
    """Return the `env` of a job or a step, with the addresses of the local databases."""
    found = {name: resolve(str(value), context) for name, value in of.get("env", {}).items()}
    for service in services:
        found = {name: service.address(value) for name, value in found.items()}
    return found


def _on_port(service: Job) -> Service:
    _only(service, "image env ports options", "a service")
    [port] = service["ports"]
    outside, _, inside = str(port).partition(":")
    made = _service(service["image"], service["env"], "127.0.0.1", int(outside))
    assert int(inside) == {"postgresql": 5432, "mysql": 3306}[made.database]
    return made


def _use(action: str, given: dict[str, str], done: Done, project: Path) -> None:
    """Set up what an action sets up."""
    if action == "actions/checkout":
        _only(given, "persist-credentials", action)
        clone(project, done.folder)
    elif action == "actions/setup-python":
        _only(given, "python-version", action)
        done.env["PATH"] = f"{_python(given['python-version'])}:{done.env['PATH']}"
    else:
        raise ValueError(f"the action {action} is not known here")


# --- GitLab -----------------------------------------------------------------------------------

APT_GET = """#!/bin/sh
# The image lacks git and make, and this machine has them: anything else is missing there.
for word; do case $word in -* | update | install) ;; git | make) echo "Setting up $word" ;; *)
  echo "E: Unable to locate package $word" >&2; exit 100 ;; esac; done
"""


class OnGitLab:
    """The jobs of a project's .gitlab-ci.yml. The project is a git repository with a commit."""

    def __init__(self, project: Path, folder: Path, **variables: str) -> None:
        """Clones are made in `folder`. The variables are those of the machine."""
        self.project = project
        self.folder = folder
        self.variables = variables

    def run(self, skip: Collection[str] = (), only: str = "") -> dict[str, Done]:
        """Run the jobs of a push to the branch `main`, and return their results.

        Run all jobs, all except those in `skip`, or one.
        """
        content = yaml.safe_load((self.project / ".gitlab-ci.yml").read_text(encoding="utf-8"))
        assert {"if": "$CI_COMMIT_BRANCH"} in content["workflow"]["rules"]
        jobs = {n: j for n, j in content.items() if n not in {"workflow", "default"}}
        done = {}
        for name, job in jobs.items():
            if not name.startswith(".") and name not in skip and only in ("", name):
                base = jobs[job["extends"]] if "extends" in job else {}
                variables = base.get("variables", {}) | job.get("variables", {})
                done[name] = self._run_job(name, {**base, **job, "variables": variables})
        return done

    def _run_job(self, name: str, job: Job) -> Done:
        known = "extends image timeout variables cache before_script script services parallel rules"
        _only(job, known, name)
        [script] = ["\n".join([*job.get("before_script", []), *job["script"]])]
        folder = self.folder / name
        clone(self.project, folder)
        matrix = {}
        for variable, values in (job.get("parallel", {}).get("matrix") or [{}])[0].items():
            assert variable == "TEST_PYTHON", name
            matrix = {variable: newest_python(values)}
        image, offered = _expand(job["image"], matrix), job.get("services", [])
        if client := re.fullmatch(r"docker:(\d+)-cli", image):
            # This is the engine of the machine. On GitLab, the server shares its certificates here.
            assert offered == [f"docker:{client[1]}-dind"]
            assert job["variables"] == {"DOCKER_TLS_CERTDIR": "/certs"}
            offered = []
        with ExitStack() as stack:
            services = [_by_alias(service) for service in offered]
            for service in services:
                stack.enter_context(service.running())
            builtin = {"CI_PROJECT_DIR": str(folder), "CI_COMMIT_BRANCH": "main"}
            env = machine(*(_docker() if client else _image(image, folder)), GITLAB_CI="true")
            for variable, value in (matrix | builtin | job["variables"]).items():
                value = _expand(value, matrix | builtin)
                for service in services:
                    value = service.address(value)
                env[variable] = value
            # GitLab runs all lines of a job in one shell.
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
            run_script(shell, script, folder, env | self.variables)
        return Done(folder, env | self.variables, ran=[script])


def _expand(value: str, variables: Mapping[str, str]) -> str:
    """Replace `$NAME` in a value, and fail for an unknown variable."""
    return re.sub(r"\$(\w+)", lambda found: variables[found[1]], value)


def _by_alias(service: Job) -> Service:
    _only(service, "name alias variables", "a service")
    return _service(service["name"], service["variables"], service["alias"], None)


def _image(name: str, folder: Path) -> list[Path]:
    """Return the programs of a slim Python image: `python`, and `pip`, which installs next to itself."""
    found = re.fullmatch(r"python:(\d\.\d+)-slim", name)
    if not found:
        raise ValueError(f"the image {name} is not known here")
    python, image = _python(found[1]), folder.with_name(f"{folder.name}-image")
    # Copy one image, because each installation of pip takes 3 s.
    first = workshop() / f"image-{found[1]}"
    if not first.exists():
        subprocess.run([python / "python", "-m", "venv", first], check=True)
    shutil.copytree(first, image, symlinks=True)
    for pip in (image / "bin").glob("pip*"):  # the copies install next to the first pip
        pip.write_text(f'#!/bin/sh\nexec "{image}/bin/python" -m pip "$@"\n', encoding="utf-8")
    (image / "bin" / "apt-get").write_text(APT_GET, encoding="utf-8")
    (image / "bin" / "apt-get").chmod(0o755)
    # The interpreter itself comes first, not one of a virtual environment.
    return [python, image / "bin"]
