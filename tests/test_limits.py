"""Several processes of a project limit the requests of a client together, with a real Redis."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.own_redis import own_redis
from tests.support.servers import Server, running

PROJECT = pytest.mark.parametrize(
    "project",
    [row_with(preset="api")],
    ids=lambda row: row.id,
    indirect=True,
)
pytestmark = [pytest.mark.project, PROJECT]

LIMIT, TRIES, WORKERS = 5, 60, 4


@pytest.fixture(autouse=True)
def migrated(project: Installed) -> None:
    """The application is ready only with its migrations."""
    project.flask("db", "upgrade")


def settings(project: Installed, **variables: str) -> dict[str, str]:
    env = {"WEB_CONCURRENCY": str(WORKERS), "RATELIMIT_DEFAULT": f"{LIMIT} per minute"}
    return project.env_to_serve(project.serve) | env | variables


def statuses(server: Server, tries: int, **headers: str) -> Counter[int]:
    """Send requests at once, each on a connection of its own. Return how many had which status."""

    def status(_: int) -> int:
        url = f"{server.url}/api/v1/"
        return requests.get(url, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(10) as threads:
        return Counter(threads.map(status, range(tries)))


def test_redis_counts_for_all_processes(project: Installed, tmp_path: Path) -> None:
    """A forged address does not help, and a restart of the application does not begin again."""
    with own_redis(tmp_path) as redis:
        env = settings(project, REDIS_URL=redis.url)
        with running(project.serve, project.folder, env) as server:
            assert statuses(server, TRIES) == {200: LIMIT, 429: TRIES - LIMIT}
            forged = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"}
            assert statuses(server, 10, **forged) == {429: 10}
            refused = requests.get(f"{server.url}/api/v1/", timeout=60)
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert refused.json()["status"] == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 60
            checks = server.wait_until_ready().json()["checks"]
            assert checks["redis"] == "ok"
        with running(project.serve, project.folder, env) as server:
            assert statuses(server, 10) == {429: 10}


def test_requests_are_served_while_redis_is_down(project: Installed, tmp_path: Path) -> None:
    """Each process counts by itself then. When Redis is back, it counts again."""
    with own_redis(tmp_path) as redis:
        env = settings(project, REDIS_URL=redis.url, RATELIMIT_DEFAULT="1000 per minute")
        with running(project.serve, project.folder, env) as server:
            assert statuses(server, TRIES) == {200: TRIES}
            redis.stop()
            assert statuses(server, TRIES) == {200: TRIES}
            ready = requests.get(f"{server.url}/health/ready", timeout=60)
            assert (ready.status_code, ready.json()["checks"]["redis"]) == (200, "failed")
            redis.start()
            assert server.wait_until_ready().json()["checks"]["redis"] == "ok"
            assert statuses(server, TRIES) == {200: TRIES}


def test_requests_are_refused_while_redis_is_down_if_so_set(
    project: Installed, tmp_path: Path
) -> None:
    with own_redis(tmp_path) as redis:
        fallback = {"RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": "false"}
        env = settings(project, REDIS_URL=redis.url, **fallback)
        with running(project.serve, project.folder, env) as server:
            assert statuses(server, 1) == {200: 1}
            redis.stop()
            assert statuses(server, 10) == {503: 10}
            assert requests.get(f"{server.url}/health", timeout=60).status_code == 200


def test_production_says_that_processes_count_by_themselves(project: Installed) -> None:
    """Without Redis, a client may send up to as much to each process."""
    with running(project.serve, project.folder, settings(project)) as server:
        passed = statuses(server, TRIES)[200]
        assert LIMIT <= passed <= LIMIT * WORKERS
        assert "REDIS_URL is not set" in server.log.read_text(encoding="utf-8")
