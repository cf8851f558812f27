"""`insula tenant`: create, list, suspend and resume."""

import click

from insula.db.work import system_work, tenant_work
from insula.kit.commands import Shell, again, pass_shell
from insula.tenancy.interfaces import Tenant, Tenants


@click.group()
def tenant() -> None:
    """Create, list, suspend and resume tenants."""


@tenant.command("create")
@click.argument("name")
@click.option("--title", help="What people read; the name when left out.")
@click.option("--host", "hosts", multiple=True, required=True, help="A host; the first one is canonical.")
@click.option("--console", is_flag=True, help="The operators' tenant.")
@click.option("--plan", default="standard", show_default=True, help="What it is held to: insula plan list")
@pass_shell
def create(
    shell: Shell, name: str, title: str | None, hosts: tuple[str, ...], *, console: bool, plan: str
) -> None:
    """Create a tenant with its default roles and policy."""
    with system_work(shell.registry, reason="insula tenant create", writing=False) as work:
        made = work.find_service(Tenants).create(name, title or name, hosts, console=console, plan=plan)
    person = f"account create --tenant {made.name} --email you@example.com --name 'Your name' --role owner"
    click.echo(f"Created {made.name} on {made.canonical_host}.")
    click.echo(f"Next: {again(person)}")
    if not made.console:
        with tenant_work(shell.registry, made.id, writing=False) as work:
            home, form = work.canonical_url("/"), work.canonical_url("/admin/pages/@@new")
        click.echo(f"Then: sign in and make a first page at {form}")
        click.echo(f"      {home} answers 404 until a page with the path / is published.")


@tenant.command("list")
@pass_shell
def list_command(shell: Shell) -> None:
    """List the tenants."""
    with system_work(shell.registry, reason="insula tenant list", writing=False) as work:
        tenants = work.find_service(Tenants).all()
    if not tenants:
        click.echo(f"There is no tenant yet. Next: {again('tenant create NAME --host HOST')}")
    width = max((len(found.name) for found in tenants), default=0)
    plans = max((len(found.plan) for found in tenants), default=0)
    for found in tenants:
        about = f"{found.status:<9}  {found.plan:<{plans}}  {found.canonical_host}  {found.title}"
        click.echo(f"{found.name:<{width}}  {about}")


@tenant.command("suspend")
@click.argument("name")
@pass_shell
def suspend(shell: Shell, name: str) -> None:
    """Close a tenant's doors at the next request of every process."""
    with system_work(shell.registry, reason="insula tenant suspend", writing=False) as work:
        found: Tenant = work.find_service(Tenants).suspend(name)
    click.echo(f"{found.name} answers 503 from now on. Undo it with: {again(f'tenant resume {found.name}')}")


@tenant.command("resume")
@click.argument("name")
@pass_shell
def resume(shell: Shell, name: str) -> None:
    """Open a suspended tenant's doors again."""
    with system_work(shell.registry, reason="insula tenant resume", writing=False) as work:
        found: Tenant = work.find_service(Tenants).resume(name)
    click.echo(f"{found.name} is open again on {found.canonical_host}.")
