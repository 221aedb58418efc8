"""RabbitMQ servers that a test starts and stops."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .needs import missing
from .servers import free_port

# Debian's script on PATH insists on a user and on folders of the system; it runs this one.
SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class OwnRabbitMQ:
    """A server with its data in a folder, reachable from this machine only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""
        program = shutil.which(SCRIPT) or missing(
            "rabbitmq-server", "apt-get install rabbitmq-server"
        )
        config = self.folder / "rabbitmq"
        config.with_suffix(".conf").write_text(
            f"listeners.tcp.local = 127.0.0.1:{self.port}\nlog.console = true\n", encoding="utf-8"
        )
        env = os.environ | {
            "RABBITMQ_NODENAME": f"test-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "no_plugins"),
            "HOME": str(self.folder),  # its cookie
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1 +sbwt none",
        }
        with (self.folder / "rabbitmq.log").open("ab") as log:
            # A group of its own: it has child processes, and is stopped as a whole.
            self.process = subprocess.Popen(
                [program], env=env, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 120
        while "Server startup complete" not in self.log():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.2)

    def log(self) -> str:
        return (self.folder / "rabbitmq.log").read_text(encoding="utf-8")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the server: SIGSTOP lets it hang, SIGCONT run again."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """Stop the server, and return when its process has ended."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            self.process.wait(timeout=60)


@contextmanager
def own_rabbitmq(folder: Path) -> Iterator[OwnRabbitMQ]:
    """Start a server with its data in this folder, and stop it at the end."""
    server = OwnRabbitMQ(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
