"""The entry point of the `insula` command."""

import logging
from typing import Any

import click

from insula.cli.installation import find_ini, load_app, read_variables, start_logging
from insula.cli.reference import reference
from insula.cli.serve import serve

# Commands that work without the application, or decide for themselves when to load it.
_OWN: dict[str, click.Command] = {"reference": reference, "serve": serve}

# Commands that run for long and whose log is their output.
_TALKATIVE = frozenset({"worker"})


class Program(click.Group):
    """Shows the commands that the installation's rooms have added, and loads the application only to reach them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            found = self._room_commands(ctx)
        except Exception as error:  # noqa: BLE001 - help must be printed even for a broken installation
            click.echo(
                f"The installation cannot be loaded, so its commands are missing here: {error}\n", err=True
            )
            found = {}
        return sorted({*_OWN, *found})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _OWN:
            return _OWN[cmd_name]
        return self._room_commands(ctx, cmd_name).get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        from insula.kit.errors import ConfigurationError, InsulaError

        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error
        except InsulaError as error:
            lines = [error.detail or error.title, *(f"{bad.path}: {bad.detail}" for bad in error.errors)]
            raise click.ClickException("\n".join(lines)) from error

    def _room_commands(self, ctx: click.Context, noun: str | None = None) -> dict[str, click.Command]:
        from insula.kit.commands import Shell, commands_of

        if not isinstance(ctx.obj, Shell):
            ini = find_ini(ctx.params.get("config"))
            variables = read_variables(ctx.params.get("assignments") or ())
            start_logging(ini, variables)
            ctx.obj = Shell(registry=load_app(ini, variables).registry, ini=ini)
            if noun not in _TALKATIVE:
                _only_warnings()
        return commands_of(ctx.obj.registry)


def _only_warnings() -> None:
    """Keep the progress notes of the log out of what a short command prints."""
    for handler in (*logging.getLogger().handlers, *logging.getLogger("insula").handlers):
        handler.setLevel(max(handler.level, logging.WARNING))


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
