"""Programs and scripts from the npm registry."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from .needs import missing
from .projects import workshop


@cache
def installed_from_npm(package: str, version: str) -> Path:
    """Install a package and return its folder. Skip without npm, or fail in CI."""
    if not shutil.which("npm"):
        missing(f"npm, to install {package}", "install Node.js 20 or newer with npm")
    folder = workshop() / package.replace("/", "-")
    folder.mkdir()
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."]
    subprocess.run(
        [*install, f"{package}@{version}"], cwd=folder, check=True, capture_output=True, timeout=300
    )
    return folder / "node_modules" / package
