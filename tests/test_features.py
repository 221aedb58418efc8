"""A feature is one folder: what the manual says of adding one is done here, word for word."""

import shutil
from pathlib import Path

import pytest

from tests.support.installed import Installed
from tests.support.life import copy_feature, copy_migration
from tests.support.matrix import rows
from tests.support.projects import contents, run, stored_answers

pytestmark = pytest.mark.project


@pytest.mark.parametrize(
    "project",
    [
        next(r for r in rows() if stored_answers(r.answers)["data_layer"] == layer)
        for layer in ("flask-sqlalchemy", "raw-sql")
    ],
    ids=lambda row: row.id,
    indirect=True,
)
def test_a_copied_folder_is_a_new_feature_without_an_edit_elsewhere(project: Installed) -> None:
    before = contents(project.folder / "src")
    try:
        copy_feature(project.folder, project.answers["package_name"])
        if project.answers["data_layer"] == "raw-sql":
            copy_migration(project.folder)
            project.flask("db", "upgrade")
        else:
            project.flask("db", "upgrade")
            printed = project.flask("db", "migrate", "-m", "create notes")
            assert "Generating" in printed
            assert "no migration is written" in (
                project.flask("db", "upgrade") and project.flask("db", "migrate", "-m", "nothing")
            )
            run(["ruff", "format", "migrations"], project.folder, project.env)
        run(["make", "test", "lint", "types"], project.folder, project.env)
        after = contents(project.folder / "src")
        assert {path: after[path] for path in before if "__pycache__" not in path} == {
            path: text for path, text in before.items() if "__pycache__" not in path
        }
    finally:
        put_back(project)


def put_back(project: Installed) -> None:
    """Leave the project as it was, for the tests that come after."""
    run(["flask", "db", "downgrade", "0001"], project.folder, project.env)
    package = f"src/{project.answers['package_name']}/blueprints"
    for folder in (package, "tests/blueprints"):
        shutil.rmtree(project.folder / folder / "notes")
    for path in Path(project.folder / "migrations/versions").glob("*.py"):
        if not path.name.startswith("0001"):
            path.unlink()
