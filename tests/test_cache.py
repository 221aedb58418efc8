"""Several processes of a project share the responses that they keep, with a real Redis."""

import time
from pathlib import Path

import pytest
import requests

from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.own_redis import own_redis
from tests.support.projects import run
from tests.support.servers import running

LAYERS = ("flask-sqlalchemy", "sqlalchemy", "raw-sql")
pytestmark = pytest.mark.project


def of(*layers: str) -> pytest.MarkDecorator:
    """Select a project for each of these data layers."""
    chosen = [row_with(cache="true", data_layer=layer) for layer in layers]
    return pytest.mark.parametrize("project", chosen, ids=lambda row: row.id, indirect=True)


WORKERS = {"WEB_CONCURRENCY": "4", "GRANIAN_WORKERS": "4", "RATELIMIT_ENABLED": "false"}


@of(*LAYERS)
def test_a_write_is_in_the_next_response_of_each_process(
    project: Installed, tmp_path: Path
) -> None:
    """Also after a restart of Redis, and while it is down."""
    project.flask("db", "upgrade")
    with own_redis(tmp_path) as redis:
        env = project.env_to_serve(project.serve) | WORKERS | {"REDIS_URL": redis.url}
        with running(project.serve, project.folder, env) as server:
            posts = f"{server.url}/api/v1/posts"

            def titles() -> list[str]:
                response = requests.get(posts, timeout=60)
                assert response.status_code == 200
                return [post["title"] for post in response.json()["items"]]

            def write_and_read(first: int) -> None:
                for number in range(first, first + 15):
                    title = f"Post {number}"
                    made = requests.post(posts, json={"title": title, "body": "B"}, timeout=60)
                    assert made.status_code == 201
                    assert all(titles()[0] == title for _ in range(3))

            titles()
            write_and_read(1)
            assert "generation" in redis.cli("--scan")
            tag = requests.get(posts, timeout=60).headers["ETag"]
            known = {"If-None-Match": tag}
            assert requests.get(posts, headers=known, timeout=60).status_code == 304
            redis.stop()
            write_and_read(101)
            redis.start()
            write_and_read(201)
            time.sleep(5.5)  # the processes ask Redis again
            write_and_read(301)


@of("flask-sqlalchemy")
def test_a_command_that_writes_is_noticed(project: Installed, tmp_path: Path) -> None:
    project.flask("db", "downgrade", "base")
    project.flask("db", "upgrade")
    with own_redis(tmp_path) as redis:
        env = project.env_to_serve(project.serve) | WORKERS | {"REDIS_URL": redis.url}
        with running(project.serve, project.folder, env) as server:
            posts = f"{server.url}/api/v1/posts"
            assert requests.get(posts, timeout=60).json()["total"] == 0
            assert requests.get(posts, timeout=60).json()["total"] == 0
            run(["flask", "seed"], project.folder, project.env | {"REDIS_URL": redis.url})
            assert requests.get(posts, timeout=60).json()["total"] > 0
