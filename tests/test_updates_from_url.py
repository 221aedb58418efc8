"""Updates from a template at a URL, of which Copier caches a mirror.

On a CI machine, the cache is empty and the project is a shallow clone.
"""

import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.support.matrix import Row
from tests.support.releases import NEXT, commit, git, tagged_source
from tests.support.user_edits import edit
from tests.test_following import make, refused
from tests.test_updates import begun, tree

pytestmark = pytest.mark.project

DEFAULT = Row("default", ())


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@dataclass
class Template:
    """A clone of the template, and the repository at `url` where it is published."""

    clone: Path
    published: Path
    server: http.server.ThreadingHTTPServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{self.published.name}"

    def publish(self) -> None:
        git(self.clone, "push", "--quiet", "--mirror", str(self.published))
        git(self.published, "update-server-info")

    def release(self, version: str, size: int) -> None:
        """Publish a release in which the indentation has this size."""
        path = self.clone / "template/.editorconfig"
        text = path.read_text(encoding="utf-8")
        old = next(line for line in text.splitlines() if line.startswith("indent_size = "))
        edit(self.clone, "template/.editorconfig", old, f"indent_size = {size}")
        commit(self.clone)
        git(self.clone, "tag", f"v{version}")
        self.publish()


@pytest.fixture
def template(tmp_path: Path) -> Iterator[Template]:
    clone, published = tmp_path / "template", tmp_path / "published/template.git"
    # A clone from a file URL is one pack, so that few files are requested.
    source = f"file://{tagged_source()}"
    git(tmp_path, "clone", "--quiet", "--bare", source, str(published))
    git(tmp_path, "clone", "--quiet", "--shared", str(tagged_source()), str(clone))
    handler = partial(Handler, directory=str(published.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        template = Template(clone, published, server)
        template.publish()
        yield template
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path, template: Template) -> Path:
    """An edited project that follows this URL. Copier has no mirror yet."""
    project = shutil.copytree(begun(DEFAULT), tmp_path / "project")
    edit(project, ".copier-answers.yml", str(tagged_source()), template.url)
    edit(project, ".editorconfig", "root = true\n", "root = true\n# Mine.\n")
    commit(project)
    return project


@pytest.fixture
def cache(tmp_path: Path) -> dict[str, str]:
    """Variables for a separate cache of mirrors."""
    return {"COPIER_CACHE_DIR": str(tmp_path / "cache"), "no_proxy": "127.0.0.1"}


def updated(project: Path, cache: dict[str, str]) -> dict[str, bytes]:
    """Run `make update`, and return the files of the project."""
    done = make(project, "update", **cache)
    assert done.returncode == 0, done.stdout
    assert git(project, "ls-files", "--unmerged") == ""
    return tree(project)


def test_updates_with_and_without_a_mirror_are_equal(
    project: Path, template: Template, cache: dict[str, str]
) -> None:
    before = tree(project)
    template.release("1000.0.0", 8)
    mirrors = Path(cache["COPIER_CACHE_DIR"])
    assert not mirrors.exists()
    first = updated(project, cache)
    assert b"# Mine.\n" in first[".editorconfig"]
    assert b"indent_size = 8\n" in first[".editorconfig"]
    assert {path for path in first if first[path] != before[path]} == {".editorconfig"}

    git(project, "reset", "--quiet", "--hard")
    assert len(list(mirrors.iterdir())) == 1
    assert updated(project, cache) == first
    commit(project)

    # The mirror does not have this release yet.
    template.release("1001.0.0", 2)
    assert b"indent_size = 2\n" in updated(project, cache)[".editorconfig"]


def test_a_shallow_checkout_is_updated(
    project: Path, template: Template, cache: dict[str, str], tmp_path: Path
) -> None:
    """The checkout is like one of CI: without history, and on a detached HEAD."""
    template.release("1000.0.0", 8)
    commit(project)
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{project}", str(checkout))
    git(checkout, "checkout", "--quiet", "--detach")
    checked = make(checkout, "update-check", **cache)
    assert f"There is a newer template: 1000.0.0. This project has {NEXT}." in checked.stdout
    changed = updated(checkout, cache)[".editorconfig"]
    assert b"# Mine.\n" in changed
    assert b"indent_size = 8\n" in changed
    staged = git(checkout, "diff", "--staged", "--name-only").split()
    assert staged == [".copier-answers.yml", ".editorconfig"]


def test_a_failed_fetch_is_reported_in_one_line(
    project: Path, template: Template, cache: dict[str, str]
) -> None:
    git(template.clone, "tag", "--delete", f"v{NEXT}")
    template.publish()
    refused(project, "option", "SET=server=granian", says=f"no version v{NEXT} any more", **cache)
    template.server.shutdown()
    template.server.server_close()
    for target in ("option", "update", "update-check"):
        refused(project, target, "SET=server=granian", says="Check the network", **cache)
