"""The class of the application."""

from flask import Flask

from .config import INSTANCE
from .ids import IdConverter


class Application(Flask):
    """A Flask application that keeps its own files in the folder `instance` of the project."""

    # Where `/` leads to, unless a feature has a page there.
    home = "api.index"

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name, instance_path=str(INSTANCE), instance_relative_config=True)
        self.url_map.converters["id"] = IdConverter
