"""Images and containers of generated projects, on a real container engine."""

import json
import random
import secrets
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import requests

from .matrix import Row
from .needs import missing
from .projects import VERSION, environment, help_poetry, patiently, render, workshop

HEALTHY_WITHIN = 120
"""In seconds. A machine that builds other images at the same time is slow."""

MARKER = "never-in-an-image-" + secrets.token_hex(16)
"""Text that is in every file of a project that must not get into an image."""

APPLICATION_PORT = 8000


def own_address() -> str:
    """Return a loopback address that nothing else uses, so that all its ports are free."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(2, 254)}"


# Some machines reach the package index only through the network of the host.
HOST_NETWORK = """
services:
  {service}:
    build:
      network: host
"""


@cache
def need_engine() -> None:
    """Skip without Docker; fail in CI."""
    found = shutil.which("docker")
    if (
        found
        and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    ):
        return
    missing("Docker, running and allowed for this user", ".ci/engine sets it up on Debian")


def docker(*arguments: str, cwd: Path | None = None, timeout: float = 600) -> str:
    """Run `docker …` and return its output. On failure, show stdout and stderr."""
    done = subprocess.run(
        ["docker", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, f"docker {' '.join(arguments)}:\n{printed[-6000:]}"
    return done.stdout.strip()


def with_secrets(folder: Path) -> None:
    """Add the files with secrets that users have in a project, and that no image may contain."""
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    (folder / ".git/description").write_text(MARKER, encoding="utf-8")
    (folder / ".env").write_text(f"SECRET_KEY={MARKER}\n", encoding="utf-8")
    (folder / "instance").mkdir()
    (folder / "instance/app.sqlite3").write_text(MARKER, encoding="utf-8")
    (folder / "notes.txt").write_text(MARKER, encoding="utf-8")


def files_of_layers(image: str) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of each file in each layer, including files hidden by later layers."""
    with tempfile.TemporaryFile() as saved:
        subprocess.run(["docker", "save", image], stdout=saved, check=True)
        saved.seek(0)
        with tarfile.open(fileobj=saved) as archive:
            for member in archive:
                blob = archive.extractfile(member) if member.isfile() else None
                if blob is None:
                    continue
                # The other files are JSON that describes the layers.
                with suppress(tarfile.ReadError), tarfile.open(fileobj=blob) as layer:
                    for file in layer:
                        if content := layer.extractfile(file) if file.isfile() else None:
                            yield file.name, content.read()


@contextmanager
def image(folder: Path, target: str) -> Iterator[str]:
    """Build the image of this target, and remove it at the end. Its layers stay in the cache."""
    name = f"copier-flask-test-{secrets.token_hex(4)}"
    build = ["build", "--quiet", "--network=host", f"--target={target}", f"--tag={name}", "."]
    patiently(lambda: docker(*build, cwd=folder))
    try:
        yield name
    finally:
        docker("image", "rm", "--force", name)


@contextmanager
def container(name: str, *options: str, **variables: str) -> Iterator[str]:
    """Run a container of an image, and yield its id."""
    given = [f"--env={variable}={value}" for variable, value in variables.items()]
    found = docker("run", "--detach", *options, *given, name)
    try:
        yield found
    finally:
        docker("rm", "--force", "--volumes", found)


def state(container: str) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(
        docker("inspect", "--format={{json .State}}", container)
    )
    return found


def wait_until_healthy(container: str) -> float:
    """Wait for the health check and return the seconds it took. On failure, show the log."""
    began = time.monotonic()
    while time.monotonic() - began < HEALTHY_WITHIN:
        if docker("inspect", "--format={{.State.Health.Status}}", container) == "healthy":
            return time.monotonic() - began
        assert state(container)["Running"], docker("logs", container)
        time.sleep(0.2)
    raise AssertionError(f"not healthy after {HEALTHY_WITHIN} s:\n{docker('logs', container)}")


class Stack:
    """A project's compose.yaml, run as its user runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = own_address()
        self.url = f"http://{self.address}:{APPLICATION_PORT}"
        override = folder.parent / f"{folder.name}-host-network.yaml"
        names = {"web": ["web"], "migrate": ["migrate"], "worker": ["worker", "beat"]}
        services = [
            service
            for name, found in names.items()
            if (folder / f"deploy/compose/compose.{name}.yaml").exists()
            for service in found
        ]
        parts = [HOST_NETWORK.format(service=s).removeprefix("\nservices:") for s in services]
        override.write_text("services:" + "".join(parts), encoding="utf-8")
        self.env = {
            **environment(VERSION),
            "PUBLISH": f"{self.address}:{APPLICATION_PORT}",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_PASSWORD": secrets.token_urlsafe(24),
            "REDIS_PASSWORD": secrets.token_urlsafe(24),
            # The load of the tests comes from one client.
            "RATELIMIT_DEFAULT": "100000 per second",
            "COMPOSE_FILE": f"compose.yaml:{override}",
            "COMPOSE_PROJECT_NAME": f"test-{secrets.token_hex(4)}",
        }

    def use_https(self, folder: Path) -> None:
        """Set the variables that `docs/nginx.md` adds to `.env`."""
        first, override = self.env["COMPOSE_FILE"].split(":")
        self.env |= {
            "COMPOSE_FILE": f"{first}:deploy/compose/compose.https.yaml:{override}",
            "TLS_FOLDER": str(folder),
            "PUBLISH": f"{self.address}:80",
            "PUBLISH_HTTPS": f"{self.address}:443",
        }
        self.url = f"http://{self.address}"

    def __call__(self, *arguments: str, timeout: float = 300) -> str:
        """Run `docker compose …` and return its output. On failure, show it."""
        return self.run("docker", "compose", *arguments, timeout=timeout)

    def run(self, *command: str, timeout: float = 300) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            logs = subprocess.run(
                ["docker", "compose", "logs", "--tail=30"],
                cwd=self.folder,
                env=self.env,
                capture_output=True,
                text=True,
                check=False,
            )
            raise AssertionError(f"{' '.join(command)}:\n{done.stdout[-4000:]}\n{logs.stdout}")
        return done.stdout

    def wait_for(
        self,
        path: str,
        status: int = 200,
        seconds: float = 120,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Repeat the request until the response has this status."""
        deadline = time.monotonic() + seconds
        last: object = None
        while time.monotonic() < deadline:
            try:
                response = requests.get(self.url + path, headers=headers, timeout=5)
            except requests.RequestException as error:
                last = error
            else:
                last = response.status_code
                if last == status:
                    return response
            time.sleep(0.2)
        raise AssertionError(f"{path} is {last} and not {status} after {seconds} s")

    def wait_for_line(self, service: str, *words: str, seconds: float = 60) -> str:
        """Wait for a line with these words in a service's log, and return the last one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            logged = self("logs", "--no-log-prefix", "--no-color", service).splitlines()
            found = [line for line in logged if all(word in line for word in words)]
            if found:
                return found[-1]
            time.sleep(0.2)
        raise AssertionError(f"{service} logged no line with {words} in {seconds} s")


@contextmanager
def stack(row: Row) -> Iterator[Stack]:
    """Start the whole application in containers; at the end, remove it with its volumes."""
    with rendered_alone(row) as folder:
        stack = Stack(folder)
        try:
            patiently(lambda: stack("build", timeout=600))
            stack("up", "--detach", "--wait", "--quiet-pull")
            yield stack
        finally:
            stack("down", "--volumes", "--remove-orphans", "--rmi=local", "--timeout=5")


@contextmanager
def rendered_alone(row: Row) -> Iterator[Path]:
    """Render a project with a unique name, because images are named after it."""
    name = f"app_{secrets.token_hex(4)}"
    folder = render({**row.answers, "package_name": name}, workshop() / "containers" / name)
    help_poetry(folder, environment(VERSION))
    yield folder
    shutil.rmtree(folder)
