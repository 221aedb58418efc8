"""Commands that every application has; `flask --help` lists them with the others."""

import errno
import secrets
import shlex
import socket
from copy import copy

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, run_command, with_appcontext
from werkzeug.serving import is_running_from_reloader

from .security import weaknesses


def init_app(app: Flask) -> None:
    app.cli.add_command(check_deploy)


@click.command()
def secret() -> None:
    """Print a new random value for SECRET_KEY."""
    # Registered in pyproject.toml, not in `init_app`: it is needed before the application starts.
    click.echo(secrets.token_urlsafe(48))


def port_of_settings() -> int:
    """Return the port to serve on when the command line names none."""
    if is_running_from_reloader():
        return 0  # the socket of the first process is used; the settings may be broken by now
    info = click.get_current_context().ensure_object(ScriptInfo)
    return int(info.load_app().config["PORT"])


def run_on_free_port(host: str, port: int, first: str, **options: object) -> None:
    context = click.get_current_context()
    is_first_start = not is_running_from_reloader()
    if is_first_start and is_in_use(host, port):
        other = 8000 if port != 8000 else 8001
        raise click.ClickException(f"Port {port} is in use. Use another one: make run PORT={other}")
    if is_first_start and first:
        info = context.ensure_object(ScriptInfo)
        commands = info.load_app().cli
        commands.main(shlex.split(first), prog_name="flask", standalone_mode=False, obj=info)
    context.invoke(run_command, host=host, port=port, **options)


def is_in_use(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port that was closed a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False


# Flask's own `flask run`, but with the port of the settings, and with `--first`. Registered in
# pyproject.toml, since a command of `init_app` would not replace it.
run = copy(run_command)
run.callback = run_on_free_port
run.params = [
    click.Option(["--port", "-p"], type=int, default=port_of_settings, help="The port to bind to.")
    if param.name == "port"
    else param
    for param in run_command.params
]
FIRST = "Run this command of the application before the first start, and not at reloads."
run.params.append(click.Option(["--first"], default="", metavar="COMMAND", help=FIRST))


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
