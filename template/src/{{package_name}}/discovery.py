"""Finds extensions by their list, and features by their folder: to add one is to add a folder."""

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

from . import extensions

log = logging.getLogger(__name__)


def find_extensions() -> Iterator[Any]:
    """Import the modules named in EXTENSIONS, in its order.

    Raises `RuntimeError` when the folder has a module that the list does not name.
    """
    folder = extensions.__name__
    names = {name.rpartition(".")[2] for name in find_modules(folder, include_packages=True)}
    if missing := sorted(names.difference(extensions.EXTENSIONS)):
        raise RuntimeError(
            f"EXTENSIONS in extensions/__init__.py does not name {', '.join(missing)}. Add each in "
            "the place where it is to be set up."
        )
    for name in extensions.EXTENSIONS:
        yield import_module(f"{folder}.{name}")


def find_blueprints() -> Iterator[Any]:
    """Import every module and package in `blueprints/`, in order of name."""
    for name in sorted(find_modules(f"{__package__}.blueprints", include_packages=True)):
        yield import_module(name)


def find_in_blueprints(module: str) -> Iterator[Any]:
    """Import the module of this name (`models`, `seeds`) from each package that has one."""
    for blueprint in find_blueprints():
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
        # A folder may still be copied: two scans in a row have to find the same files.
        if found == seen != known:
            log.info("Files were added or deleted: the server restarts")
            Path(__file__).touch()
            return
        seen = found
