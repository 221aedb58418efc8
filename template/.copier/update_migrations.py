"""Keep the migrations of this project in one line when the template adds or removes some.

A database records which migration it has. So one that is committed stays, and a new one of the template
comes after all of them.
"""

import ast
from contextlib import suppress
from pathlib import Path
from typing import Any

from update_in_clone import git, split

VERSIONS = "migrations/versions/"
DROP = 'Write a migration that drops its tables: make db-migrate M="drop tables"'


def keep_in_line(project: Path) -> list[str]:
    """Bring back what was deleted, and put what is new after the rest; return remarks on both.

    Copier has just changed this clone of the project.
    """
    if not (project / "migrations/env.py").exists():
        return []  # there is no database any more
    listed = split(git("ls-tree", "-z", "--name-only", "HEAD", VERSIONS, folder=project).stdout)
    before = {path for path in listed if path.endswith(".py")}
    now = {path.relative_to(project).as_posix() for path in (project / VERSIONS).glob("*.py")}
    deleted = sorted(before - now)
    committed = deleted + added_again(project)
    if committed:
        git("checkout", "--quiet", "HEAD", "--", *committed, folder=project)
    remarks = [f"{path} stays: a database may have it. {DROP}" for path in deleted]
    return remarks + put_last(project, sorted(before), sorted(now - before))


def added_again(project: Path) -> list[str]:
    """Return the migrations that the template adds and the project has from an earlier time.

    The project's may come after others, so that Copier has found a conflict.
    """
    in_old_template: dict[str, bool] = {}
    for entry in split(git("ls-files", "--unmerged", "-z", VERSIONS, folder=project).stdout):
        about, path = entry.split("\t", 1)
        _, blob, stage = about.split()
        size = git("cat-file", "-s", blob, folder=project).stdout
        is_old = stage == "1" and int(size) > 0
        in_old_template[path] = is_old or in_old_template.get(path, False)
    return [path for path, is_old in in_old_template.items() if not is_old]


def put_last(project: Path, before: list[str], new: list[str]) -> list[str]:
    """Have new migrations come after the last one; return a remark on each that is edited for it."""
    links: dict[str, list[str]] = {}
    with suppress(SyntaxError, ValueError):  # there is a conflict in one, which is reported
        links = dict(revisions_in(project / path) for path in before)
    heads = set(links).difference(*links.values())
    if len(heads) != 1:
        return []  # none, or several branches: Alembic says what to do
    last = heads.pop()
    remarks = []
    for path in new:
        found, previous = revisions_in(project / path)
        revision = Path(path).stem[:32] if found in links else found
        if (revision, [last]) != (found, previous):
            write_revisions(project / path, revision, last)
            remarks.append(f"{path} comes after {last}, which was your last migration.")
        links[revision] = [last]
        last = revision
    return remarks


def revisions_in(path: Path) -> tuple[str, list[str]]:
    """Return the revision of a migration, and those that come before it."""
    values: dict[str, Any] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}:
                values[target.id] = ast.literal_eval(node.value)
    previous = values.get("down_revision") or []
    return values.get("revision", ""), [previous] if isinstance(previous, str) else list(previous)


def write_revisions(path: Path, revision: str, previous: str) -> None:
    """Write the revision of a migration of the template, and the one before it."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines):
        name = line.partition(" = ")[0]
        if name in {"revision", "down_revision"}:
            lines[number] = f'{name} = "{revision if name == "revision" else previous}"\n'
    path.write_text("".join(lines), encoding="utf-8")
