"""`insula reference`: what can be set and called, as Markdown for the reference pages."""

from collections.abc import Iterable, Iterator
from typing import Any

import click
from pydantic_core import PydanticUndefined

from insula.cli.rooms import loaded_app, room_commands


@click.command()
@click.argument("subject", type=click.Choice(["settings", "commands"]))
@click.pass_context
def reference(ctx: click.Context, subject: str) -> None:
    """Print the reference of ini settings or of commands as Markdown."""
    registry = loaded_app(ctx).registry
    lines = settings_page(registry) if subject == "settings" else commands_page(ctx)
    click.echo("\n".join(lines))


def settings_page(registry: Any) -> Iterator[str]:
    """Yield the lines of the settings reference: one table per room."""
    yield "# Installation settings"
    yield ""
    yield "Keys of `[app:main]` in the ini file. A value may be written as `env:NAME` (an environment variable) or"
    yield "`file:/path` (a file's content), so that secrets stay out of the file. An unknown key stops the start."
    yield "Made by `make reference`."
    for room, model in sorted(declared_settings(registry)):
        yield ""
        yield f"## {room}"
        yield ""
        yield "| key | default | meaning |"
        yield "|---|---|---|"
        for name, described in model.model_fields.items():
            yield f"| `insula.{room}.{name}` | {_default(described)} | {_cell(described.description or '')} |"


def declared_settings(registry: Any) -> Iterator[tuple[str, Any]]:
    """Yield room and settings model of every room that has ini settings."""
    for entry in registry.introspector.get_category("insula settings") or ():
        yield entry["introspectable"]["room"], entry["introspectable"]["model"]


def commands_page(ctx: click.Context) -> Iterator[str]:
    """Yield the lines of the command reference."""
    from insula.cli.serve import serve
    from insula.cli.start import start

    found = {**room_commands(ctx), "serve": serve, "start": start, "reference": reference}
    yield "# Commands"
    yield ""
    yield "`insula [-c INI] [--set NAME=VALUE] NOUN VERB …`; the ini file defaults to `$INSULA_CONFIG`, else to"
    yield "`./development.ini`. Made by `make reference`."
    for noun, command in sorted(found.items()):
        yield from _command_lines(f"insula {noun}", command)


def _command_lines(path: str, command: click.Command) -> Iterator[str]:
    with click.Context(command, info_name=path) as ctx:
        yield ""
        yield f"## `{path}`"
        yield ""
        yield from _paragraphs(command.help or command.short_help or "")
        if isinstance(command, click.Group):
            for name in command.list_commands(ctx):
                child = command.get_command(ctx, name)
                if child is not None:
                    yield from _command_lines(f"{path} {name}", child)
            return
        records = [record for each in command.params if (record := each.get_help_record(ctx))]
        if records:
            yield ""
            yield "| option | meaning |"
            yield "|---|---|"
            for option, meaning in records:
                yield f"| `{_cell(option)}` | {_cell(meaning)} |"


def _paragraphs(text: str) -> Iterable[str]:
    return [line.strip() for line in text.strip().replace("\b", "").splitlines()]


def _default(described: Any) -> str:
    if described.is_required():
        return "required"
    value = described.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or value == "":
        return "none"
    return f"`{_cell(str(value))}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
