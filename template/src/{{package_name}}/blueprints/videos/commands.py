"""The command `flask sync`."""

import sys

import click
from flask.cli import with_appcontext

from ...extensions.database import one_line_errors
from .sync import Summary
from .sync import sync as sync_videos


@click.command()
@with_appcontext
def sync() -> None:
    """Store the playlists and videos of the API. Safe to run again."""
    with click.progressbar(length=1, label="Playlists", hidden=not sys.stdout.isatty()) as bar:

        def show(summary: Summary) -> None:
            bar.length = max(summary.total, 1)
            bar.update(summary.counts.total() - bar.pos)

        with one_line_errors("The videos cannot be stored"):
            summary = sync_videos(show)
    for error in summary.errors:
        click.echo(error, err=True)
    click.echo(summary)
    if summary.errors:
        raise SystemExit(1)
