"""Finds features by where they lie, so that to add one is to add a folder and edit nothing else."""

import logging
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

from werkzeug.serving import is_running_from_reloader
from werkzeug.utils import find_modules

log = logging.getLogger(__name__)


def find_features(*folders: str) -> Iterator[Any]:
    """Import every module and package in these folders of the application, in order of name."""
    for folder in folders:
        for name in sorted(find_modules(f"{__package__}.{folder}", include_packages=True)):
            yield import_module(name)


def find_in_blueprints(module: str) -> Iterator[Any]:
    """Import the module of this name (`models`, `seeds`) from each package that has one."""
    for blueprint in find_features("blueprints"):
        if hasattr(blueprint, "__path__") and find_spec(f"{blueprint.__name__}.{module}"):
            yield import_module(f"{blueprint.__name__}.{module}")


def restart_for_new_files() -> None:
    """Have the development server restart when a module is added or deleted, as with a new feature.

    Werkzeug's reloader sees changes of the files that it knows, and so one of them is touched.
    Without the reloader this does nothing.
    """
    if is_running_from_reloader():
        Thread(target=_wait_for_new_files, args=[Path(__file__).parent], daemon=True).start()


def _wait_for_new_files(package: Path) -> None:
    known = seen = set(package.rglob("*.py"))
    while True:
        sleep(1)
        found = set(package.rglob("*.py"))
        # Not while a folder is being copied: two looks in a row have to find the same.
        if found == seen != known:
            log.info("Files were added or deleted: the server restarts")
            Path(__file__).touch()
            return
        seen = found
