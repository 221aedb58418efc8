"""Finds features by where they lie, so that to add one is to add a folder and edit nothing else."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from werkzeug.utils import find_modules


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
