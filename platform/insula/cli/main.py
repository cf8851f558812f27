"""The entry point of the `insula` command."""

from typing import Any

import click

from insula.cli.reference import reference
from insula.cli.rooms import only_warnings, room_commands
from insula.cli.serve import serve
from insula.cli.start import start

# Commands that decide for themselves whether to load the application.
_OWN: dict[str, click.Command] = {"reference": reference, "serve": serve, "start": start}

# Commands of rooms that run for long and whose log is their output.
_TALKATIVE = frozenset({"worker"})


class Program(click.Group):
    """Shows the commands that the installation's rooms have added, and loads the application only to reach them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            found = room_commands(ctx)
        except Exception as error:  # noqa: BLE001 - help must be printed even for a broken installation
            click.echo(
                f"The installation cannot be loaded, so its commands are missing here: {error}\n", err=True
            )
            found = {}
        return sorted({*_OWN, *found})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _OWN:
            return _OWN[cmd_name]
        found = room_commands(ctx)
        if cmd_name not in _TALKATIVE:
            ctx.with_resource(only_warnings())
        return found.get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            told = explain(error)
            if told is None:
                raise
            raise click.ClickException(told) from error


def explain(error: Exception) -> str | None:
    """Return what an operator can do about an error, or None where only a traceback helps."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from insula.kit.errors import ConfigurationError, InsulaError

    if isinstance(error, ConfigurationError):
        return str(error)
    if isinstance(error, InsulaError):
        places = (f"{bad.path}: {bad.detail}" for bad in error.errors if bad.detail != error.detail)
        return "\n".join([error.detail or error.title, *places])
    if isinstance(error, OperationalError | ProgrammingError):
        return (
            f"The database cannot be used: {error.orig}\nIs it running, and has `insula db upgrade` been run?"
        )
    return None


@click.command(cls=Program)
@click.option(
    "-c",
    "--config",
    metavar="INI",
    help="The installation's ini file; else $INSULA_CONFIG, else ./development.ini.",
)
@click.option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    multiple=True,
    help="Override a name of the ini file's [DEFAULT] section, for instance http_port=7543.",
)
@click.version_option(package_name="insula")
def main(config: str | None, assignments: tuple[str, ...]) -> None:
    """Run and administer an Insula installation."""
