"""`insula audit`: the trail of a tenant in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

import click

from insula.accounts.interfaces import Accounts, actor_names
from insula.audit.events import AuditEntryRedacted
from insula.audit.exporting import FORMATS
from insula.audit.filters import search_of
from insula.audit.interfaces import MAX_LIMIT, AuditEntry, AuditTrail, Search, Verification
from insula.audit.shapes import as_csv, as_ndjson
from insula.audit.verifying import verify
from insula.db.work import system_work, tenant_work
from insula.events.interfaces import Events
from insula.kit.clock import isoformat
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.tenancy.interfaces import Tenant, Tenants, find_tenant

_AT_ONCE = 500


@click.group()
def audit() -> None:
    """Read what happened in a tenant, and who did it, and check that nobody has changed the record of it."""


def searching(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that search the trail."""
    for name, text in (
        ("--until", "Only before this day or time."),
        ("--since", "Only from this day or time on, such as 2026-03-01 or 2026-03-01T09:30:00Z."),
        ("--find", "Only entries in which this text stands."),
        ("--request-id", "Only what this request caused."),
        ("--address", "Only from this address or network."),
        ("--thing", "Only what concerns this id or name."),
        ("--who", "Only acts of this account's id, or of people whose name has this in it."),
        ("--event", "Only this event, or this family: `page`."),
    ):
        command = click.option(name, default="", help=text)(command)
    return command


@audit.command("list")
@click.option("--tenant", required=True, help="The tenant's name.")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=50, show_default=True, help="How many entries."
)
@searching
@pass_shell
def list_entries(shell: Shell, /, tenant: str, limit: int, **given: str) -> None:
    """Print the newest entries of the trail that fit, newest first."""
    search = _search(given)
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id, writing=False) as work:
        found = list(islice(work.find_service(AuditTrail).walk(search), limit + 1))
        names = actor_names(work.find_service(Accounts), (entry.actor for entry in found))
    for entry in found[:limit]:
        payload = dumps(entry.payload).decode()
        actor = entry.actor or "-"
        who = f"{names[actor]} ({actor})" if actor in names else actor
        click.echo(f"{isoformat(entry.at)}  {entry.event:<24} {who:<24} {payload}")
    if len(found) > limit:
        click.echo(f"There are more; these are the newest {limit}.")


@audit.command("export")
@click.option("--tenant", required=True, help="The tenant's name.")
@click.option("--format", "kind", type=click.Choice([*FORMATS]), default="ndjson", show_default=True)
@click.option("--output", type=click.File("wb"), default="-", help="The file to write; else the terminal.")
@searching
@pass_shell
def export(shell: Shell, /, tenant: str, kind: str, output: BinaryIO, **given: str) -> None:
    """Write every entry that fits into a file, newest first."""
    search = _search(given)
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id, writing=False) as work:
        accounts, first = work.find_service(Accounts), True
        for part in _parts(work.find_service(AuditTrail).walk(search)):
            names = actor_names(accounts, {entry.actor for entry in part})
            lines = as_csv(part, names, head=first) if kind == "csv" else as_ndjson(part, names)
            output.write(b"".join(lines))
            first = False


@audit.command("verify")
@click.option("--tenant", help="The tenant's name.")
@click.option("--all", "every", is_flag=True, help="Every tenant, one after the other.")
@pass_shell
def verify_trail(shell: Shell, *, tenant: str | None, every: bool) -> None:
    """Go through the whole trail and say where it was altered, cut or added to; ends with 1 if it was."""
    if every == bool(tenant):
        shell.fail("Whose trail?", "Say --tenant NAME, or --all.")
    broken = [each.name for each in _tenants(shell, tenant) if not _verify(shell, each)]
    if broken:
        shell.fail(
            f"The trail of {', '.join(broken)} is not as it was recorded.",
            "Keep the record store as it is, and compare it with a backup.",
        )


@audit.command("redact")
@click.option("--tenant", required=True, help="The tenant's name.")
@click.argument("entry", type=click.UUID)
@click.confirmation_option(prompt="Its body will be gone for good. Go on?")
@pass_shell
def redact(shell: Shell, /, tenant: str, entry: UUID) -> None:
    """Erase what ENTRY says, as a person may demand; its place in the chain stays."""
    tenant_id = find_tenant(shell.registry, tenant).id
    try:
        with tenant_work(shell.registry, tenant_id, writing=False) as work:
            work.find_service(AuditTrail).redact(entry)
    except NotFound as error:
        shell.fail(error.detail, "Look for its id with `insula audit export`.")
    with tenant_work(shell.registry, tenant_id) as work:
        work.find_service(Events).emit(AuditEntryRedacted(str(entry)))
    click.echo("Erased.")


def _search(given: dict[str, str]) -> Search:
    return search_of({**given, "time[gte]": given.pop("since", ""), "time[lt]": given.pop("until", "")})


def _parts(entries: Iterator[AuditEntry]) -> Iterable[list[AuditEntry]]:
    while part := list(islice(entries, _AT_ONCE)):
        yield part


def _tenants(shell: Shell, name: str | None) -> list[Tenant]:
    if name is not None:
        return [find_tenant(shell.registry, name)]
    with system_work(shell.registry, reason="insula audit verify", writing=False) as work:
        found: list[Tenant] = work.find_service(Tenants).all()
        return found


def _verify(shell: Shell, tenant: Tenant) -> bool:
    def progress(seen: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{tenant.name}: {seen:,} entries", nl=False, err=True)

    found = verify(shell.registry, tenant.id, progress=progress)
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    click.echo(f"{tenant.name}: {said_of(found)}")
    for each in found.breaks:
        entry = f" (entry {each.entry})" if each.entry else ""
        click.echo(f"  {each.fault} at position {each.position}: {each.detail}{entry}")
    if found.more:
        click.echo(f"  and {found.more} more")
    return found.whole


def said_of(found: Verification) -> str:
    """Return what a verification found, in a line."""
    parts: list[Any] = [f"{found.entries:,} entries", f"position {found.position}", f"hash {found.hash}"]
    if found.unchained:
        parts.append(f"{found.unchained:,} unchained, from before the chain began")
    if found.redacted:
        parts.append(f"{found.redacted:,} redacted")
    if found.waiting:
        parts.append(f"{found.waiting:,} on their way")
    return f"{'whole' if found.whole else 'BROKEN'}, {', '.join(parts)}"
