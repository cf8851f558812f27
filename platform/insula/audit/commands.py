"""`insula audit`: the trail of a tenant in a terminal."""

from __future__ import annotations

import click

from insula.accounts.interfaces import Accounts, actor_names
from insula.audit.interfaces import MAX_LIMIT, AuditTrail
from insula.db.work import tenant_work
from insula.kit.clock import isoformat
from insula.kit.commands import Shell, pass_shell
from insula.kit.json import dumps
from insula.tenancy.interfaces import find_tenant


@click.group()
def audit() -> None:
    """Read what happened in a tenant, and who did it."""


@audit.command("list")
@click.option("--tenant", required=True, help="The tenant's name.")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=50, show_default=True, help="How many entries."
)
@pass_shell
def list_entries(shell: Shell, tenant: str, limit: int) -> None:
    """Print the newest entries of the trail, newest first."""
    tenant_id = find_tenant(shell.registry, tenant).id
    with tenant_work(shell.registry, tenant_id, writing=False) as work:
        page = work.find_service(AuditTrail).page(limit=limit)
        names = actor_names(work.find_service(Accounts), (entry.actor for entry in page.entries))
    for entry in page.entries:
        payload = dumps(entry.payload).decode()
        actor = entry.actor or "-"
        who = f"{names[actor]} ({actor})" if actor in names else actor
        click.echo(f"{isoformat(entry.at)}  {entry.event:<24} {who:<24} {payload}")
    if page.after is not None:
        click.echo(f"There are more; these are the newest {limit}.")
