"""`insula collection`: the collections of a tenant, declared and changed in a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

import click
import orjson
from pydantic import ValidationError

from insula.collections.interfaces.schemas import ChangeState, CollectionDocument, Collections
from insula.collections.schemas.shapes import change_shape, collection_shape
from insula.db.work import tenant_work
from insula.events.interfaces import COMMAND_LINE
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.collections.interfaces.schemas import Change

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="The tenant's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
name_argument = click.argument("name")
document_argument = click.argument("document", type=click.File("rb"))


@click.group()
def collection() -> None:
    """Declare the collections of a tenant, and change what their entries hold."""


@collection.command("list")
@tenant_option
@json_option
@pass_shell
def list_collections(shell: Shell, /, tenant: str, *, as_json: bool) -> None:
    """List the collections."""
    with _collections(shell, tenant) as collections:
        found = collections.all()
    if as_json:
        click.echo(dumps([collection_shape(info, frozenset(info.fields)) for info in found]))
        return
    for info in found:
        going_on = "  changing" if info.change_id else ""
        click.echo(
            f"{info.name:<24} {info.document.title:<32} {len(info.fields):>3} fields  "
            f"version {info.version}{going_on}"
        )


@collection.command()
@name_argument
@tenant_option
@click.option("--document", "bare", is_flag=True, help="Print only what `create` and `plan` take.")
@pass_shell
def show(shell: Shell, /, name: str, tenant: str, *, bare: bool) -> None:
    """Print a collection as JSON."""
    with _collections(shell, tenant) as collections:
        info = collections.find(name)
    shown: Any = (
        info.document.model_dump(mode="json", exclude_defaults=True)
        if bare
        else collection_shape(info, frozenset(info.fields))
    )
    click.echo(dumps(shown, indent=True))


@collection.command()
@name_argument
@document_argument
@tenant_option
@pass_shell
def create(shell: Shell, /, name: str, document: BinaryIO, tenant: str) -> None:
    """Declare a collection by a JSON document; `-` reads it from the terminal."""
    read = _read(shell, document)
    with _collections(shell, tenant, writing=True) as collections:
        made = collections.create(name, read, by=COMMAND_LINE)
    click.echo(f"{made.name} is a collection of {tenant} with {len(made.fields)} fields.")


@collection.command()
@name_argument
@document_argument
@tenant_option
@json_option
@pass_shell
def plan(shell: Shell, /, name: str, document: BinaryIO, tenant: str, *, as_json: bool) -> None:
    """Say what another document would add, lose and break, and keep it as a plan."""
    read = _read(shell, document)
    with _collections(shell, tenant, writing=True) as collections:
        made = collections.plan(name, read, by=COMMAND_LINE)
    if as_json:
        click.echo(dumps(change_shape(made)))
        return
    _describe(made)
    if not made.failing:
        losing = "".join(f" --lose '{effect.field}'" for effect in made.effects if effect.act == "lose")
        click.echo(f"Apply it: {again(f'collection apply {made.id} --tenant {tenant}{losing}')}")


@collection.command()
@click.argument("change", type=click.UUID)
@tenant_option
@click.option(
    "--lose", multiple=True, metavar="FIELD", help="A loss you confirm; may be given more than once."
)
@pass_shell
def apply(shell: Shell, /, change: UUID, tenant: str, *, lose: tuple[str, ...]) -> None:
    """Apply a plan, and see it through; one that was begun before is gone on with."""
    with _collections(shell, tenant, writing=True) as collections:
        now = collections.change(change)
        if now.state != ChangeState.APPLYING:
            now = collections.apply(change, expected=now.from_version, confirmed=lose, by=COMMAND_LINE)
    if now.state == ChangeState.APPLYING:
        now = _see_through(shell, tenant, now)
    click.echo(f"{now.collection} has its new schema; {now.done:,} documents of entries were rewritten.")
    if now.detail:
        click.echo(now.detail)


@collection.command()
@name_argument
@tenant_option
@click.confirmation_option(prompt="Delete the collection with all its entries?")
@pass_shell
def delete(shell: Shell, /, name: str, tenant: str) -> None:
    """Delete a collection with its entries."""
    with _collections(shell, tenant, writing=True) as collections:
        gone = collections.delete(name, expected=collections.find(name).version, by=COMMAND_LINE)
    click.echo(f"{name} is gone, with {gone:,} entries.")


def _see_through(shell: Shell, tenant: str, change: Change) -> Change:
    with click.progressbar(length=change.total, label=f"Rewriting {change.collection}") as bar:
        bar.update(change.done)
        while change.state == ChangeState.APPLYING:
            before = change.done
            with _collections(shell, tenant, writing=True) as collections:
                change = collections.work(change.id)
            bar.update(change.done - before)
    return change


def _describe(change: Change) -> None:
    for effect in change.effects:
        entries = f" ({effect.entries:,} entries)" if effect.entries else ""
        click.echo(f"{effect.act:<7} {effect.field or 'the collection'}: {effect.text}{entries}")
        for entry_id, error in effect.examples:
            click.echo(f"          {entry_id} {error.path}: {error.detail}")
    if change.failing:
        click.echo(f"{change.failing:,} entries would not fit. Mend them, or ask for less, and plan again.")
    else:
        click.echo(f"{change.total:,} documents of entries would be rewritten.")


def _read(shell: Shell, document: BinaryIO) -> CollectionDocument:
    try:
        return CollectionDocument.model_validate(orjson.loads(document.read()))
    except orjson.JSONDecodeError as error:
        shell.fail(f"{document.name} is not JSON: {error}.", "Print one that is: collection show --document.")
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}." for each in error.errors()]
        shell.fail(f"{document.name} declares no collection.", "\n".join(lines))


@contextmanager
def _collections(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Collections]:
    try:
        found = find_tenant(shell.registry, tenant)
    except NotFound:
        shell.fail(f"There is no tenant {tenant}.", f"See which there are: {again('tenant list')}")
    with tenant_work(shell.registry, found.id, writing=writing) as work:
        work.tenant = found
        yield work.find_service(Collections)
