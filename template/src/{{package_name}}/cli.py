"""Commands that every application has; `flask --help` lists them with the others."""

import secrets

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from .security import weaknesses


def init_app(app: Flask) -> None:
    app.cli.add_command(check_deploy)


@click.command()
def secret() -> None:
    """Print a new random value for SECRET_KEY."""
    # Registered in pyproject.toml, not in `init_app`: it is needed before the application starts.
    click.echo(secrets.token_urlsafe(48))


@click.command("check-deploy")
@with_appcontext
def check_deploy() -> None:
    """List the settings that are too weak for production; exit with 1 if there are any."""
    found = list(weaknesses(current_app))
    for sentence in found:
        click.echo(f"- {sentence}")
    if found:
        raise SystemExit(1)
    click.echo("Nothing found: these settings are fit for production.")
