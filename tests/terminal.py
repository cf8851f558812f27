"""The `insula` program over an installation of a test, so that what ends a command is told as operators read it."""

from typing import Any

import click
from click.testing import CliRunner, Result

from insula.cli.main import Program
from insula.kit.commands import Shell


class OneNoun(Program):
    """The program with one command, given instead of looked up."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.commands.get(cmd_name)


def run(command: click.Command, installation: Any, *words: str) -> Result:
    """Run a command of a room."""
    program = OneNoun("insula", {"noun": command})
    return CliRunner().invoke(program, ["noun", *words], obj=Shell(installation.registry, "test.ini"))
