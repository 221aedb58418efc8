"""Redis servers that a test starts and stops."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .needs import missing
from .servers import free_port


class OwnRedis:
    """A server with its data in a folder. It keeps its port, so that it can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and return when it responds."""
        program = shutil.which("redis-server") or missing(
            "redis-server", "apt-get install redis-server"
        )
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--appendonly", "yes"]
        log = self.folder / "redis.log"
        self.process = subprocess.Popen(
            [program, *options, "--dir", str(self.folder), "--logfile", str(log)]
        )
        deadline = time.monotonic() + 60
        while self.cli("ping", check=False) != "PONG":
            assert self.process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "Redis does not respond"
            time.sleep(0.05)

    def cli(self, *arguments: str, check: bool = True) -> str:
        """Run a command of Redis, and return the response."""
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *arguments],
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """Stop the server, and return when its process has ended."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """Start a server with its data in this folder, and stop it at the end."""
    server = OwnRedis(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
