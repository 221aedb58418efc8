"""MDN's HTTP Observatory, which grades the headers of a site."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from .npm import installed_from_npm

SCANNER = "@mdn/mdn-http-observatory"
VERSION = "1.4.8"
# The installation would download these lists. No address of this machine is on them.
LISTS = {"hsts-preload.json": "{}", "tld-list.json": "[]"}


def observe(site: str, certificate: Path) -> dict[str, Any]:
    """Scan a site, `host/path`, and return `scan` with the score and each of the `tests`."""
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
    scanner = installed_from_npm(SCANNER, VERSION)
    for name, text in LISTS.items():
        (scanner / "conf" / name).write_text(text, encoding="utf-8")
    return scanner
