"""MDN's HTTP Observatory, which grades the headers of a site."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from .needs import missing
from .projects import workshop

SCANNER = "@mdn/mdn-http-observatory"
VERSION = "1.4.8"
# It would fetch these lists when it is installed. No address on this machine is on one of them.
LISTS = {"hsts-preload.json": "{}", "tld-list.json": "[]"}


def observe(site: str, certificate: Path) -> dict[str, Any]:
    """What it says of a site, `host/path`: `scan` with the score, and each of the `tests`."""
    scanner = _scanner()
    done = subprocess.run(
        ["node", scanner / "src" / "scan.js", site],
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@cache
def _scanner() -> Path:
    """The folder in which it is installed. Skips without npm; fails in CI."""
    if not shutil.which("npm"):
        missing("npm, to install MDN's Observatory", "install Node.js 20 or newer with npm")
    folder = workshop() / "observatory"
    folder.mkdir()
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."]
    subprocess.run(
        [*install, f"{SCANNER}@{VERSION}"], cwd=folder, check=True, capture_output=True, timeout=300
    )
    scanner = folder / "node_modules" / SCANNER
    for name, text in LISTS.items():
        (scanner / "conf" / name).write_text(text, encoding="utf-8")
    return scanner
