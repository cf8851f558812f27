"""Loads the installation for commands, at most once in a run of the program."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from insula.cli.installation import find_ini, load_app, read_variables, start_logging

_APP = "insula.cli.app"


def loaded_app(ctx: click.Context) -> Any:
    """Return the application; the first call builds it and hands the rooms' commands their Shell."""
    from insula.kit.commands import Shell

    root = ctx.find_root()
    if _APP not in root.meta:
        ini = find_ini(root.params.get("config"))
        variables = read_variables(root.params.get("assignments") or ())
        start_logging(ini, variables)
        app = root.meta[_APP] = load_app(ini, variables)
        root.obj = Shell(registry=app.registry, ini=ini)
    return root.meta[_APP]


def room_commands(ctx: click.Context) -> dict[str, click.Command]:
    """Return the commands that the rooms have added, by noun."""
    from insula.kit.commands import commands_of

    return commands_of(loaded_app(ctx).registry)


@contextmanager
def only_warnings() -> Iterator[None]:
    """Keep the progress notes of the log out of what a short command prints."""
    handlers = [*logging.getLogger().handlers, *logging.getLogger("insula").handlers]
    levels = [handler.level for handler in handlers]
    for handler in handlers:
        handler.setLevel(max(handler.level, logging.WARNING))
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)
