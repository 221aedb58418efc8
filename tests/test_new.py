"""`make new` without a terminal: what it renders, where, and what it refuses."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests.support import terminal
from tests.support.projects import contents, rendered, template, workshop
from tests.support.releases import NEXT, commit, git, releases
from tests.support.terminal import Terminal, copy_of_repository, ready_repository

# Each renders in a process of its own, so together they take a minute: too long for `make check`.
pytestmark = pytest.mark.project


def new(
    destination: str | Path, *options: str, repository: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `make new` in a clone whose newest release is the working tree."""
    repository = repository or ready_repository()
    return subprocess.run(
        [sys.executable, "scripts/new.py", *options, "--", str(destination)],
        cwd=repository,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def data(*answers: str) -> list[str]:
    return [word for answer in answers for word in ("--data", answer)]


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Check that `make new` failed, and return its only line."""
    assert done.returncode == 1, done.stdout
    [line] = done.stderr.splitlines()
    return line


def stored(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    return found


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository that a test may change."""
    git(tmp_path, "clone", "--quiet", str(ready_repository()), "template")
    return tmp_path / "template"


# --- Answers ----------------------------------------------------------------------------------


REFUSALS: dict[str, str] = {
    "dababase=sqlite": "dababase is not a question. Did you mean database?",
    "xyz=1": "xyz is not a question. docs/questions.md lists them.",
    "dist_name=x": "dist_name is not a question. docs/questions.md lists them.",
    "nginx=maybe": "nginx is true or false, and not maybe.",
    "nginx=": "nginx is true or false, and not nothing.",
    "extras=nginx": (
        "extras is asked at a terminal only. Give each by itself: "
        "cors, compress, rate_limit, cache, server_sessions, debug_toolbar, external_api, nginx, "
        "kubernetes, pre_commit."
    ),
    "server=apache": "server is gunicorn, granian or flask, and not apache.",
    "server": "Give answers as --data name=value, or in a YAML file",
    "data_layer=none database=sqlite": (
        "database: database=sqlite cannot be combined with data_layer=none:"
        " choose a data_layer other than none."
    ),
    "database=none": (
        "database: database=none cannot be combined with data_layer=flask-sqlalchemy:"
        " choose data_layer=none."
    ),
    "server=flask container=compose": (
        "container: container=compose cannot be combined with server=flask:"
        " choose server=gunicorn or granian."
    ),
    "server=flask container=none nginx=true": (
        "nginx: nginx=true cannot be combined with server=flask: choose server=gunicorn or granian."
    ),
    "preset=minimal container=compose": "server: server=flask excludes container=compose",
    "preset=minimal database=sqlite": "data_layer: data_layer=none excludes database=sqlite",
    "author_email=nobody": "author_email: This must be an e-mail address",
}

# Try all in one process, because the import of Copier takes half a second.
EACH = """
import contextlib, io, json, sys
sys.path.insert(0, "scripts")
import new
for answers in sys.argv[2:]:
    data = [word for answer in answers.split() for word in ("--data", answer)]
    with contextlib.redirect_stderr(io.StringIO()) as printed, contextlib.redirect_stdout(None):
        status = new.main([*data, "--", sys.argv[1]])
    print(json.dumps([status, printed.getvalue()]))
"""


@cache
def refusal_lines() -> dict[str, tuple[int, str]]:
    """Return the status and output of `make new` for each of these answers."""
    destination = str(workshop() / "refused")
    done = subprocess.run(
        [sys.executable, "-c", EACH, destination, *REFUSALS],
        cwd=ready_repository(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not Path(destination).exists()
    return dict(zip(REFUSALS, map(json.loads, done.stdout.splitlines()), strict=True))


# One worker gets all of them: it runs `refusal_lines` once.
@pytest.mark.parametrize("answers", REFUSALS, ids="@refusals@{}".format)
def test_an_invalid_answer_is_refused_in_one_line(answers: str) -> None:
    status, printed = refusal_lines()[answers]
    assert status == 1
    [line] = printed.splitlines()
    assert line.startswith(REFUSALS[answers])


def test_answers_from_a_file_are_validated(tmp_path: Path) -> None:
    (tmp_path / "answers.yml").write_text("nginx: perhaps\n", encoding="utf-8")
    done = new(tmp_path / "project", "--data-file", str(tmp_path / "answers.yml"))
    assert refused(done) == "nginx is true or false, and not perhaps."


@pytest.mark.parametrize("text", ["", "just text\n", "- a\n", "a: [\n", "\xff"])
def test_a_file_without_answers_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "answers.yml").write_text(text, encoding="latin-1")
    done = new(tmp_path / "project", "--data-file", str(tmp_path / "answers.yml"))
    assert refused(done).startswith("Give answers as --data name=value, or in a YAML file")


def test_each_spelling_of_yes_and_no_is_accepted(tmp_path: Path) -> None:
    done = new(tmp_path / "project", *data("pre_commit=No", "nginx=false", "ci=gitlab"))
    assert done.returncode == 0, done.stderr
    answers = stored(tmp_path / "project")
    assert (answers["pre_commit"], answers["ci"]) == (False, "gitlab")


# --- The destination --------------------------------------------------------------------------


def test_a_project_equals_what_copier_renders_and_nothing_else_is_written(tmp_path: Path) -> None:
    done = new(tmp_path / "new" / "my shop")
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["my shop"]
    found = contents(tmp_path / "new" / "my shop")
    expected = contents(rendered({"project_name": "My Shop"}))
    assert found.keys() == expected.keys()
    for path in found.keys() - {".copier-answers.yml"}:
        assert found[path] == expected[path], path


def test_a_folder_in_use_is_refused_and_its_files_are_named(tmp_path: Path) -> None:
    for name in ("main.py", "notes.txt", "README.md"):
        (tmp_path / name).write_text("Mine.\n", encoding="utf-8")
    (tmp_path / "src").mkdir()
    before = contents(tmp_path)
    assert refused(new(tmp_path, "--force")) == (
        f"{tmp_path} is not empty: main.py, notes.txt, src. Move this away, or name another folder."
    )
    assert contents(tmp_path) == before
    (tmp_path / "z.txt").touch()
    assert "main.py, notes.txt, src and 1 more." in refused(new(tmp_path))


def test_a_file_and_the_template_itself_are_refused_as_destinations(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(new(tmp_path / "file")).startswith(f"{tmp_path / 'file'} is a file.")
    assert "in the template's own repository" in refused(new("my-app"))
    assert "no user of this name" in refused(new("~nobody-of-this-name/my-app"))
    under = refused(new(tmp_path / "file" / "my-app"))
    assert under == f"{tmp_path / 'file' / 'my-app'} cannot be written: Not a directory."


def test_a_new_repository_keeps_what_it_has(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    git(project, "init", "--quiet")
    for name in ("README.md", "LICENSE"):
        (project / name).write_text("Mine.\n", encoding="utf-8")
    (project / ".gitignore").write_text("*.log", encoding="utf-8")
    done = new(project)
    assert done.returncode == 0, done.stderr
    assert "Kept as they were: LICENSE, README.md." in done.stdout
    assert "git init" not in done.stdout
    assert (project / "README.md").read_text(encoding="utf-8") == "Mine.\n"
    assert (project / "LICENSE").read_text(encoding="utf-8") == "Mine.\n"
    template_s = contents(rendered({}))[".gitignore"]
    assert (project / ".gitignore").read_bytes() == b"*.log\n\n" + template_s
    assert stored(project)["package_name"] == "shop"
    assert not list(project.glob(".new-*"))
    # The first update changes nothing, and keeps the differences.
    commit(project)
    copier.run_update(project, defaults=True, overwrite=True, quiet=True)
    assert git(project, "status", "--porcelain") == ""


def test_copier_itself_keeps_the_files_of_a_new_repository_without_asking(tmp_path: Path) -> None:
    kept = ("README.md", "LICENSE", ".gitignore")
    for name in kept:
        (tmp_path / name).write_text("Mine.\n", encoding="utf-8")
    copier.run_copy(str(template()), tmp_path, defaults=True, quiet=True)
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in kept] == ["Mine.\n"] * 3


def test_copier_itself_refuses_a_folder_in_use(tmp_path: Path) -> None:
    for name in ("README.md", "main.py"):
        (tmp_path / name).write_text("Mine.\n", encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=r"folder is not empty: main\.py is in the way"):
        copier.run_copy(str(template()), tmp_path, defaults=True, quiet=True)
    assert contents(tmp_path) == before


def test_a_project_can_be_copied_again(tmp_path: Path) -> None:
    copier.run_copy(str(template()), tmp_path, defaults=True, quiet=True)
    (tmp_path / "wsgi.py").unlink()
    copier.run_copy(str(template()), tmp_path, defaults=True, quiet=True)
    assert (tmp_path / "wsgi.py").is_file()


def test_a_home_folder_is_expanded_and_a_path_quoted(tmp_path: Path) -> None:
    done = new("~/it's mine", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "it's mine" / "wsgi.py").is_file()
    command = next(line for line in done.stdout.splitlines() if line.startswith("    cd "))
    folder = subprocess.check_output(["bash", "-c", f"{command} && pwd"], text=True).strip()
    assert Path(folder) == tmp_path / "it's mine"


def test_make_passes_a_folder_as_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / """a "b" 'c' `d` e"""
    done = subprocess.run(
        ["make", "-s", "new", f"DEST={folder}", "ARGS=--data server=granian --quiet"],
        cwd=ready_repository(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert stored(folder)["server"] == "granian"


@pytest.mark.parametrize("sign", ["INT", "TERM", "HUP"])
def test_an_interrupted_rendering_leaves_nothing(sign: str, tmp_path: Path) -> None:
    """A fake git interrupts its caller after the first file that Copier asks it about."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(
        f"""#!/bin/sh
case "$*" in *core.fileMode*) touch "{tmp_path}/reached"; kill -{sign} $PPID ;; esac
exec {shutil.which("git")} "$@"
""",
        encoding="utf-8",
    )
    (tmp_path / "bin/git").chmod(0o755)
    (tmp_path / "projects").mkdir()
    done = new(
        tmp_path / "projects/shop",
        PATH=f"{tmp_path}/bin:{os.environ['PATH']}",
    )
    assert (tmp_path / "reached").exists()
    assert done.returncode == 130
    assert done.stderr == "\nStopped. Nothing was written.\n"
    assert list((tmp_path / "projects").iterdir()) == []


# --- The repository ---------------------------------------------------------------------------


def test_missing_git_is_reported_with_a_fix(tmp_path: Path) -> None:
    line = refused(new(tmp_path / "shop", PATH=str(tmp_path)))
    assert line == "git is missing. Install it: https://git-scm.com/downloads"


@pytest.mark.parametrize("within", ["nothing", "another repository"])
def test_a_download_without_history_is_refused(within: str, clone: Path, tmp_path: Path) -> None:
    shutil.rmtree(clone / ".git")
    if within == "another repository":
        git(tmp_path, "init", "--quiet")
    ceiling = str(tmp_path.parent)
    line = refused(new(tmp_path / "shop", repository=clone, GIT_CEILING_DIRECTORIES=ceiling))
    assert line.startswith(f"{clone} is a download without its history")
    assert "git clone" in line


def test_a_clone_of_another_user_is_refused_with_a_fix(tmp_path: Path) -> None:
    line = refused(
        new(tmp_path / "shop", GIT_TEST_ASSUME_DIFFERENT_OWNER="1", GIT_CONFIG_GLOBAL=os.devnull)
    )
    assert f"git config --global --add safe.directory {ready_repository()}" in line


# --- The version ------------------------------------------------------------------------------


def test_the_newest_release_is_rendered(clone: Path, tmp_path: Path) -> None:
    (clone / "template/unreleased.txt").touch()
    commit(clone)
    done = new(tmp_path / "shop", repository=clone)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"copier-flask {NEXT}. ")
    assert f"made from copier-flask {NEXT}. Next:" in done.stdout
    assert not (tmp_path / "shop/unreleased.txt").exists()
    assert stored(tmp_path / "shop")["_commit"] == f"v{NEXT}"


def test_the_newest_commit_is_rendered_when_it_is_named(clone: Path, tmp_path: Path) -> None:
    (clone / "template/unreleased.txt").touch()
    commit(clone)
    (clone / "template/uncommitted.txt").touch()
    done = new(tmp_path / "shop", "--vcs-ref", "HEAD", repository=clone)
    assert done.returncode == 0, done.stderr
    head = git(clone, "rev-parse", "HEAD")[:7]
    assert done.stdout.startswith(f"copier-flask at commit {head}, which is not a release. ")
    assert max(map(len, done.stdout.splitlines()[:2])) < 80
    assert done.stderr == "Note: what is not committed in the template is left out.\n"
    assert (tmp_path / "shop/unreleased.txt").exists()
    assert not (tmp_path / "shop/uncommitted.txt").exists()


def test_a_commit_that_is_a_release_is_reported_as_one(clone: Path, tmp_path: Path) -> None:
    done = new(tmp_path / "shop", "--vcs-ref", f"v{NEXT}^0", repository=clone)
    assert done.stdout.startswith(f"copier-flask {NEXT}. ")


def test_a_repository_without_releases_renders_its_newest_commit(
    clone: Path, tmp_path: Path
) -> None:
    (clone / "RELEASES").write_text("# None yet.\n", encoding="utf-8")
    done = new(tmp_path / "shop", repository=clone)
    assert done.returncode == 0, done.stderr
    assert "which is not a release" in done.stdout


@pytest.mark.parametrize("ref", ["0.2.0", "v0.2.0"])
def test_an_earlier_release_is_rendered_when_it_is_named(ref: str, tmp_path: Path) -> None:
    done = new(tmp_path / "shop", "--vcs-ref", ref)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("copier-flask 0.2.0. ")


@pytest.mark.parametrize("ref", ["9.9.9", "--help", "a b"])
def test_an_unknown_version_is_refused(ref: str, tmp_path: Path) -> None:
    line = refused(new(tmp_path / "shop", f"--vcs-ref={ref}"))
    versions = ", ".join([*(release.version for release in releases()), NEXT])
    assert line == f"REF={ref} is not a commit of this repository. Its releases: {versions}."


def test_a_clone_without_tags_can_update_its_projects(clone: Path, tmp_path: Path) -> None:
    git(clone, "tag", "--delete", *git(clone, "tag").split())
    project = tmp_path / "shop"
    done = new(project, repository=clone)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"copier-flask {NEXT}. ")
    assert "commit. Get the tags with: git fetch --tags\n" in done.stdout
    git(project, "init", "--quiet")
    commit(project)
    proprietary = {"license": "proprietary"}
    current = copier.VcsRef.CURRENT
    copier.run_update(
        project, data=proprietary, vcs_ref=current, defaults=True, overwrite=True, quiet=True
    )
    assert stored(project)["license"] == "proprietary"
    git(project, "checkout", "--quiet", ".")
    (clone / "template/news.txt").write_text("News.\n", encoding="utf-8")
    commit(clone)
    # Without tags the project follows the newest commit, and later the newest release.
    copier.run_update(project, defaults=True, overwrite=True, quiet=True)
    assert (project / "news.txt").exists()
    git(project, "checkout", "--quiet", ".")
    git(project, "clean", "--quiet", "--force")
    git(clone, "tag", "v1000.0.0")
    (clone / "template/more.txt").write_text("More.\n", encoding="utf-8")
    commit(clone)
    copier.run_update(project, defaults=True, overwrite=True, quiet=True)
    assert stored(project)["_commit"] == "v1000.0.0"
    assert (project / "news.txt").exists()
    assert not (project / "more.txt").exists()


def test_a_shallow_clone_renders_its_newest_commit_and_reports_it(tmp_path: Path) -> None:
    url = ready_repository().as_uri()
    clone = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", url, str(clone))
    project = tmp_path / "shop"
    done = new(project, repository=clone)
    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        f"Note: this clone does not reach back to release {NEXT}, so its newest commit is taken."
        " Get the release: git fetch --unshallow\n"
    )
    assert "which is not a release" in done.stdout
    git(project, "init", "--quiet")
    commit(project)
    (clone / "template/news.txt").write_text("News.\n", encoding="utf-8")
    commit(clone)
    with pytest.warns(copier.errors.ShallowCloneWarning):
        copier.run_update(project, defaults=True, overwrite=True, quiet=True)
    assert (project / "news.txt").exists()


# --- The clone that these tests use -----------------------------------------------------------


def test_a_copy_of_the_repository_has_the_files_of_the_working_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("RELEASES", "changed", "deleted", "staged deletion", "untracked.ignored"):
        (source / name).write_text("1\n", encoding="utf-8")
    (source / ".gitignore").write_text("*.ignored\n", encoding="utf-8")
    git(source, "init", "--quiet")
    commit(source)
    (source / "changed").write_text("2\n", encoding="utf-8")
    (source / "untracked").touch()
    (source / "deleted").unlink()
    git(source, "rm", "--quiet", "staged deletion")
    monkeypatch.setattr(terminal, "REPOSITORY", source)
    copy = copy_of_repository(tmp_path / "copy")
    found = [".gitignore", "RELEASES", "changed", "untracked"]
    assert sorted(p.name for p in copy.iterdir() if p.name != ".git") == found
    assert git(copy, "ls-files").split() == found
    assert (copy / "changed").read_text(encoding="utf-8") == "2\n"


# --- The source of updates --------------------------------------------------------------------


def test_a_local_clone_is_reported_to_work_on_one_machine(tmp_path: Path) -> None:
    done = new(tmp_path / "shop")
    assert stored(tmp_path / "shop")["_src_path"] == str(ready_repository())
    assert "SOURCE=<address>" in done.stdout


@pytest.mark.parametrize(
    ("origin", "named"),
    [
        ("https://git.example.org/team/copier-flask.git", True),
        ("git@git.example.org:team/copier-flask.git", True),
        ("ssh://git@git.example.org/copier-flask.git", True),
        ("https://ada:secret@git.example.org/copier-flask.git", False),
        ("../copier-flask", False),
    ],
)
def test_the_address_of_the_clone_is_proposed(
    origin: str, named: bool, clone: Path, tmp_path: Path
) -> None:
    git(clone, "remote", "set-url", "origin", origin)
    said = " ".join(new(tmp_path / "shop", repository=clone).stdout.split())
    assert f"SOURCE={origin if named else '<address>'}." in said


def test_a_public_address_replaces_the_local_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "cache"))
    url = f"git+{ready_repository().as_uri()}"
    done = new(tmp_path / "shop", "--source", url)
    assert done.returncode == 0, done.stderr
    assert stored(tmp_path / "shop")["_src_path"] == url
    assert stored(tmp_path / "shop")["_commit"] == f"v{NEXT}"
    assert "SOURCE=" not in done.stdout


def test_a_folder_without_git_is_refused_as_source(tmp_path: Path) -> None:
    line = refused(new(tmp_path / "shop", "--source", str(template())))
    assert line.startswith(f"{template()} is not a git repository")
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    url = "https://127.0.0.1:1/template.git"
    line = refused(new(tmp_path / "shop", "--source", url))
    assert line.startswith(f"The template cannot be read from {url} (fatal: unable to access")
    assert list(tmp_path.iterdir()) == []


# --- The closing message ----------------------------------------------------------------------


@pytest.mark.project
def test_the_commands_of_the_closing_message_end_in_a_committed_project(tmp_path: Path) -> None:
    done = new(tmp_path / "shop", *data("pre_commit=false"))
    project = tmp_path / "shop"
    commands = [line.strip() for line in done.stdout.splitlines() if line.startswith("    ")]
    assert commands[0] == f"cd {project}"
    assert commands[-1] == "make run"
    terminal = Terminal(ready_repository(), tmp_path / "tools")
    terminal.type_in("\n".join(["```console", *commands, "```"]))
    assert git(project, "status", "--porcelain") == ""
    assert {"uv.lock", "wsgi.py"} <= set(git(project, "ls-files").splitlines())
    terminal.go(str(project))
    terminal.run('make option SET="license=proprietary" CHECKS=')
    assert stored(project)["license"] == "proprietary"


def test_copier_prints_the_same_commands(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "it's mine"
    copier.run_copy(str(template()), project, defaults=True)
    by_copier = capfd.readouterr().err
    done = new(tmp_path / "shop")
    [folder, *commands] = [li for li in done.stdout.splitlines() if li.startswith("    ")]
    assert "\n".join(commands) in by_copier
    assert folder.replace(str(tmp_path / "shop"), shlex.quote(str(project))) in by_copier
    assert f"{template()}" in by_copier
