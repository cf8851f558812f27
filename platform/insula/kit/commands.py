"""The command registry: a room adds a noun, the `insula` program shows it."""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.util import DottedNameResolver

_KEY = "insula.commands"
_PROGRAM = "insula"


@dataclass(frozen=True)
class Shell:
    """What every command is given: the application's registry and where its settings came from."""

    registry: Registry
    ini: str

    @property
    def settings(self) -> dict[str, Any]:
        """The merged ini settings."""
        found: dict[str, Any] = self.registry.settings
        return found

    def fail(self, message: str, remedy: str = "") -> NoReturn:
        """End the command with status 1, saying what is wrong and what would do."""
        raise click.ClickException(f"{message}\n{remedy}".rstrip())


pass_shell = click.make_pass_decorator(Shell)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; without rows nothing."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def is_running() -> bool:
    """Say whether a command runs in this thread; the threads that serve requests run none."""
    return click.get_current_context(silent=True) is not None


def again(words: str) -> str:
    """Return the line that runs another command by the program that runs now, on the same installation.

    A program that the shell would not find by its name, as in a virtual environment that is not active, is named by
    its path.
    """
    context = click.get_current_context(silent=True)
    given = context.find_root().params if context else {}
    ini, assignments = given.get("config"), given.get("assignments") or ()
    chosen = [*(["-c", ini] if ini else []), *(part for each in assignments for part in ("--set", each))]
    return " ".join([_called(), *map(shlex.quote, chosen), words])


def _called() -> str:
    program = Path(sys.argv[0])
    if program.name != _PROGRAM or not program.is_file():
        return _PROGRAM
    found = shutil.which(_PROGRAM)
    if found and program.samefile(found):
        return _PROGRAM
    near = os.path.relpath(program)
    if near.startswith(".."):
        return shlex.quote(str(program.absolute()))
    # A bare name would be looked up on the PATH.
    return shlex.quote(near if os.sep in near else f"./{near}")


def add_command(config: Configurator, noun: str, command: str) -> None:
    """Directive: offer the click command or group with this dotted name as `insula NOUN`."""
    introspectable = config.introspectable("insula commands", noun, command, "command")
    introspectable["noun"], introspectable["command"] = noun, command

    def register() -> None:
        config.registry.setdefault(_KEY, {})[noun] = command

    config.action(("insula command", noun), register, introspectables=(introspectable,))


def commands_of(registry: Registry) -> dict[str, click.Command]:
    """Return noun → command, imported only now so that a server never loads them."""
    resolve = DottedNameResolver(None).resolve
    return {noun: resolve(dotted) for noun, dotted in sorted(registry.get(_KEY, {}).items())}
