"""Fixtures of the template's own tests, and how they are spread over workers and shards."""

import os
from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.support.installed import Installed, installed, served
from tests.support.matrix import Row
from tests.support.projects import workshop
from tests.support.servers import Server


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings() -> Iterator[None]:
    """Keep a developer's own settings of Copier and Python away from what is tested."""
    settings = workshop() / "settings.yml"
    settings.write_text("{}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPIER_SETTINGS_PATH", str(settings))
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session")
def project(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """A project of the covering set, installed."""
    with installed(request.param) as project:
        yield project


@pytest.fixture(scope="session")
def server(project: Installed) -> Iterator[Server]:
    """That project's own server, on a migrated database with a few posts."""
    with served(project) as server:
        yield server


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of one project together, and leave out those of other shards (SHARD=1/4)."""
    shard, _, shards = os.environ.get("SHARD", "1/1").partition("/")
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        row = row_of(item)
        if row is None:
            # Tests of no project run in the first shard.
            (kept if shard == "1" else dropped).append(item)
            continue
        item.add_marker(pytest.mark.xdist_group(row.name))
        mine = crc32(row.name.encode()) % int(shards) == int(shard) - 1
        (kept if mine else dropped).append(item)
    items[:] = kept
    if dropped:
        config.hook.pytest_deselected(items=dropped)


def row_of(item: pytest.Item) -> Row | None:
    """The row of the covering set that an installed project's test is about."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    row = parameters.get("project")
    return row if isinstance(row, Row) else None
