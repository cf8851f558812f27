"""`insula operator`: leave that a tenant gives to operators of the installation."""

from __future__ import annotations

from uuid import UUID

import click

from insula.db.work import tenant_work
from insula.events.interfaces import COMMAND_LINE
from insula.handoff.interfaces import Grants
from insula.kit.commands import Shell, again, pass_shell
from insula.tenancy.interfaces import find_tenant


@click.group()
def operator() -> None:
    """Let operators of the installation into a tenant, or see who asks."""


@operator.command()
@click.option("--tenant", required=True, help="The tenant's name.")
@pass_shell
def grants(shell: Shell, tenant: str) -> None:
    """List what was asked for and given lately."""
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id, writing=False) as work:
        found = work.find_service(Grants).all()
    if not found:
        click.echo("No operator has asked, and none has leave.")
    for each in found:
        until = f"until {each.expires_at:%Y-%m-%d %H:%M} UTC" if each.expires_at else ""
        who = each.operator or "any operator"
        click.echo(f"{each.id}  {each.state:<8}  {who}  {until}  {each.reason}")


@operator.command()
@click.option("--tenant", required=True, help="The tenant's name.")
@click.option(
    "--request", "grant_id", type=click.UUID, help="The id of what was asked for; else any operator."
)
@click.option("--hours", type=int, default=4, show_default=True, help="For how many hours.")
@click.option("--reason", default="By the command line", show_default=True, help="Why, for any operator.")
@pass_shell
def grant(shell: Shell, tenant: str, grant_id: UUID | None, hours: int, reason: str) -> None:
    """Let one operator in who has asked, or any operator."""
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id) as work:
        service = work.find_service(Grants)
        if grant_id is None:
            made = service.open(hours, reason, actor=COMMAND_LINE)
        else:
            made = service.grant(grant_id, hours, actor=COMMAND_LINE)
    click.echo(
        f"{made.operator or 'Any operator'} may enter {tenant} until {made.expires_at:%Y-%m-%d %H:%M} UTC."
    )
    click.echo(f"Take it back with: {again(f'operator revoke --tenant {tenant} {made.id}')}")


@operator.command()
@click.option("--tenant", required=True, help="The tenant's name.")
@click.argument("grant_id", type=click.UUID)
@pass_shell
def revoke(shell: Shell, tenant: str, grant_id: UUID) -> None:
    """Take leave back, or decline to give it; who was in by it is out."""
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id) as work:
        found = work.find_service(Grants).revoke(grant_id)
    click.echo(f"{found.operator or 'Any operator'}: {found.state}.")
