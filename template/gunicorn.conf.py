"""How gunicorn serves the application: `gunicorn wsgi:app` reads this file by itself.

A single value is best changed with GUNICORN_CMD_ARGS, for instance "--bind 0.0.0.0:8000".
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from dotenv import load_dotenv

with suppress(UnicodeDecodeError):  # refused by the application, in `on_starting`
    load_dotenv()

# Reached from this machine only: put a proxy in front, or bind to another address. (A PORT that
# is no number is refused by the application, in `on_starting`.)
port = os.environ.get("PORT", "")
bind = f"127.0.0.1:{port if port.isdecimal() else 5000}"

# Who is believed about the client's address and scheme is said by TRUSTED_PROXIES alone.
forwarded_allow_ips = ""


def usable_cores() -> int:
    """The cores that this process may use: those it is bound to, less what its container limits."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with suppress(OSError, ValueError):  # without a limit there is no such file, or no number in it
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(bound or 1, int(quota) // int(period)))
    return bound or 1


# Two workers a core keep it busy while one of them waits for something else. No more than eight
# unless told so: each has a pool of connections, and a server has many cores.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(usable_cores() * 2, 8))

# A new worker now and then: what a library leaks does not add up. Not all of them at once.
max_requests = 10_000
max_requests_jitter = 1_000

# Threads cost little, and keep one slow answer from holding up the rest of its worker.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 4)

# Workers show that they live by touching a file: on a disk that can block, in memory it cannot.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108

# What runs when the server is told to stop gets this many seconds to end.
graceful_timeout = 30

# Control by a socket in the home folder is on by default; nothing here uses it.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """End at once when the application refuses a setting, and not in each worker anew.

    It is tried in a process of its own: what this one has imported, HUP could not reload.
    """
    tried = subprocess.run([sys.executable, "-c", "import wsgi"], check=False)
    if tried.returncode:
        sys.exit(tried.returncode)
