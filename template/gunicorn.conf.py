"""How gunicorn serves the application: `gunicorn wsgi:app` reads this file by itself.

A single value is best changed with GUNICORN_CMD_ARGS, for instance "--bind 0.0.0.0:8000".
"""

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

# The environment takes precedence over .env. The values of .env stay out of `os.environ`: workers
# would inherit them after HUP, instead of reading the changed file.
settings = dict(os.environ)
with suppress(UnicodeDecodeError):  # refused by the application, in `on_starting`
    settings = {n: v for n, v in dotenv_values().items() if v is not None} | settings


def read_number(name: str, default: int, highest: int) -> int:
    """Return the number in a variable. Exit if it is not allowed: with 0, no worker would start."""
    value = settings.get(name, "").strip() or str(default)
    if not re.fullmatch("[0-9]{1,9}", value) or not 1 <= int(value) <= highest:
        sys.exit(f"{name} is {value!r}; it must be a whole number from 1 to {highest}.")
    return int(value)


# Reachable from this machine only: put a proxy in front, or bind to another address. (The
# application refuses a PORT that is not a number, in `on_starting`.)
port = settings.get("PORT", "")
bind = f"127.0.0.1:{port if port.isdecimal() else 5000}"

# TRUSTED_PROXIES alone decides which proxies to trust with the client's address and scheme.
forwarded_allow_ips = ""


def usable_cores() -> int:
    """Return how many cores this process may use, within the limit of its container."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with suppress(OSError, ValueError):  # without a limit there is no such file, or no number in it
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(bound or 1, int(quota) // int(period)))
    return bound or 1


# Two workers per core keep it busy while one of them waits. Eight at most by default: each worker
# has its own pool of connections, and a server may have many cores.
workers = read_number("WEB_CONCURRENCY", min(usable_cores() * 2, 8), highest=999)

# Workers are replaced from time to time, so that memory leaks do not add up; not all at once.
max_requests = 10_000
max_requests_jitter = 1_000

# Threads are cheap, and one slow response does not block the others of its worker.
worker_class = "gthread"
threads = read_number("WEB_THREADS", 4, highest=99)

# Workers touch a file to show that they are alive. On a disk this can block, in memory it cannot.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108

# What runs when the server is told to stop gets this many seconds to end.
graceful_timeout = 30

# By default gunicorn listens on a control socket in the home folder; nothing here uses it.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """End at once when the application refuses a setting, and not in each worker again.

    The application is tried in a process of its own: what this one imports, HUP cannot reload.
    """
    tried = subprocess.run([sys.executable, "-c", "import wsgi"], check=False)
    if tried.returncode:
        sys.exit(tried.returncode)


# HUP: a refused setting ends the whole server. `flask check-deploy` reports it before.
on_reload = on_starting
