"""`insula stream declare|list`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from insula.db.work import tenant_work
from insula.events.interfaces import Events
from insula.features.interfaces import Features
from insula.kit.commands import Shell, pass_shell
from insula.kit.json import loads
from insula.records.interfaces import Streams
from insula.streams.catalogue import declare, read_declaration
from insula.tenancy.interfaces import find_tenant


@click.group("stream")
def stream_group() -> None:
    """Declare and list the streams of a tenant."""


@stream_group.command("declare")
@click.argument("name")
@click.option("--tenant", required=True, help="The tenant's name.")
@click.option("--title", default="", help="What people call it.")
@click.option(
    "--schema", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JSON Schema file."
)
@click.option(
    "--time-field", help="The member that holds a record's time; without it the time is the arrival."
)
@click.option("--series-field", help="The member that names a record's series.")
@click.option(
    "--order", type=click.Choice(["time", "series", "both"]), help="The order in which records are kept."
)
@click.option("--retention", type=click.Choice(["30d", "400d", "keep"]), default="400d", show_default=True)
@click.option(
    "--backfill", type=int, default=400, show_default=True, help="How many days back a time may lie."
)
@pass_shell
def declare_command(shell: Shell, /, tenant: str, schema: Path | None, backfill: int, **given: Any) -> None:
    """Declare the stream NAME; declaring the same again changes nothing."""
    members: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    members["backfill_days"] = backfill
    if schema is not None:
        try:
            members["schema"] = loads(schema.read_bytes())
        except ValueError as error:
            shell.fail(f"{schema} is not JSON: {error}", "Mend the file and run the command again.")
    declaration = read_declaration(members)
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id) as work:
        stream, is_new = declare(
            declaration,
            streams=work.find_service(Streams),
            events=work.find_service(Events),
            max_streams=work.find_service(Features).settings("streams").max_streams,
        )
    click.echo(f"{'Declared' if is_new else 'There is already'} {stream.name} ({stream.id}).")


@stream_group.command("list")
@click.option("--tenant", required=True, help="The tenant's name.")
@click.option("--all", "system", is_flag=True, help="Also the streams that every tenant has.")
@pass_shell
def list_command(shell: Shell, /, tenant: str, system: bool) -> None:  # noqa: FBT001  # click calls it by name
    """List the streams of a tenant."""
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id, writing=False) as work:
        streams = work.find_service(Streams).all(system=system)
    for stream in streams:
        order = f"by {stream.order}, kept {stream.retention}, {stream.backfill_days} days back"
        click.echo(f"{stream.name:<24} {stream.title:<32} {order}")
