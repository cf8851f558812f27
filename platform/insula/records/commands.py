"""`insula records`: the tables of the record store."""

from uuid import UUID

import click

from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import ConfigurationError
from insula.records.interfaces import StoreUnavailable, expire_records, store_of


@click.group()
def records() -> None:
    """Migrate the record store and say how it is."""


@records.command("migrate")
@pass_shell
def migrate(shell: Shell) -> None:
    """Bring the tables of the record store up to date."""
    store = store_of(shell.registry)
    try:
        done = store.migrate()
    except StoreUnavailable as error:
        shell.fail(error.detail, "Check insula.records.url and that the store is running.")
    except ConfigurationError as error:
        shell.fail(str(error))
    finally:
        store.close()
    for name in done:
        click.echo(f"  ran {name}")
    click.echo("The record store is up to date.")


@records.command("expire")
@click.option("--tenant-id", "tenant_id", type=click.UUID, help="Only records of the tenant with this id.")
@pass_shell
def expire(shell: Shell, tenant_id: UUID | None) -> None:
    """Delete records that have outlived their class, as the worker does every ten minutes; Cassandra does it itself."""
    try:
        gone = expire_records(shell.registry, tenant_id=tenant_id, seconds=None)
    except StoreUnavailable as error:
        shell.fail(error.detail, "Check insula.records.upkeep_url, and that its role may delete.")
    click.echo(f"{gone:,} records deleted")


@records.command("status")
@pass_shell
def status(shell: Shell) -> None:
    """Say whether the record store answers and which steps its tables still need."""
    store = store_of(shell.registry)
    try:
        state = store.ready()
    finally:
        store.close()
    if not state.ok:
        shell.fail(state.detail, f"If it is not migrated, run: {again('records migrate')}")
    click.echo(f"The record store ({state.detail}) answers and is up to date.")
