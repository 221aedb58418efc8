"""Fixtures of the template's tests, and their distribution over workers and shards."""

import os
from collections import Counter
from collections.abc import Iterator
from zlib import crc32

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support.cheap_copies import make_copies_cheap
from tests.support.installed import Installed, installed, served
from tests.support.needs import NEEDS
from tests.support.projects import workshop
from tests.support.servers import Server

make_copies_cheap()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the folders of `tmp_path` in memory, too: git takes ten times as long on a slow disk."""
    if not config.option.basetemp:  # the workers get theirs from the first process
        config.option.basetemp = str(workshop() / "tests")


@pytest.fixture(scope="session", autouse=True)
def default_settings() -> Iterator[None]:
    """Hide a developer's own settings from the tests."""
    settings = workshop() / "settings.yml"
    settings.write_text("{}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPIER_SETTINGS_PATH", str(settings))
        # All but the first come from the make that runs these tests. Commands in projects must not see them.
        for name in ("PYTHONDONTWRITEBYTECODE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "ARGS"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def project(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """An installed project of the covering set."""
    with installed(request.param) as project:
        yield project


@pytest.fixture(scope="session")
def server(project: Installed) -> Iterator[Server]:
    """The server of that project, on a migrated database with a few posts."""
    with served(project) as server:
        yield server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the projects of this shard (SHARD=1/4). Tests without a project run in the first one."""
    shard, _, shards = os.environ.get("SHARD", "1/1").partition("/")

    def is_mine(item: pytest.Item) -> bool:
        project = project_of(item.nodeid)
        number = crc32(project.encode()) % int(shards) if project else 0
        return number == int(shard) - 1

    dropped = [item for item in items if not is_mine(item)]
    items[:] = [item for item in items if is_mine(item)]
    config.hook.pytest_deselected(items=dropped)


def project_of(nodeid: str) -> str | None:
    """Return what a test shares with others of one worker, mostly an installed project.

    It is in the id of the test: `@name@`.
    """
    parts = nodeid.split("@")
    return parts[1] if len(parts) == 3 else None


class ByProject(LoadScopeScheduling):  # type: ignore[misc]
    """Send all tests of an installed project to one worker, so that it is installed once."""

    def _split_scope(self, nodeid: str) -> str:
        return project_of(nodeid) or nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByProject:
    return ByProject(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the tests skipped because this machine lacks something, and say how to get it."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        _, _, text = report.longrepr
        reason = text.removeprefix("Skipped: ")
        if reason.startswith(NEEDS):
            reasons[reason] += 1
    if reasons:
        terminalreporter.section("left out on this machine")
        for reason, number in reasons.most_common():
            terminalreporter.line(f"{number:5} {'test' if number == 1 else 'tests'}: {reason}")
        terminalreporter.line("CI=true makes each of them a failure.")
