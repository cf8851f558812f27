"""`insula service`: the service accounts of a tenant."""

from __future__ import annotations

from typing import Any

import click

from insula.accounts.interfaces import Accounts, ServiceAccounts, Tokens
from insula.kit.commands import Shell, again, pass_shell, table
from insula.kit.json import dumps
from insula.tokens.commands.shared import json_option, service_of, tenant_option, work_of
from insula.tokens.shapes import service_shape

name_argument = click.argument("name")
roles_option = click.option(
    "--role", "roles", multiple=True, metavar="ROLE", help="A role; may be given more than once."
)


@click.group()
def service() -> None:
    """Look after the service accounts of a tenant, the accounts of programs."""


@service.command()
@name_argument
@tenant_option
@roles_option
@pass_shell
def create(shell: Shell, *, name: str, tenant: str, roles: tuple[str, ...]) -> None:
    """Add a service account."""
    with work_of(shell, tenant, writing=True) as work:
        made = work.find_service(ServiceAccounts).create(name, roles)
    click.echo(f"{made.name} is a service account of {tenant} with {_roles(made.own_roles)}.")
    click.echo(f"Make it a token: {again(f'token create --tenant {tenant} --service {made.name!r}')}")


@service.command("list")
@tenant_option
@json_option
@pass_shell
def list_services(shell: Shell, *, tenant: str, as_json: bool) -> None:
    """List the service accounts with their roles."""
    with work_of(shell, tenant) as work:
        found = work.find_service(ServiceAccounts).list()
        tokens = work.find_service(Tokens).live_by_account()
    if as_json:
        click.echo(dumps([service_shape(each) for each in found]))
        return
    rows = [
        (
            each.name,
            ", ".join(sorted(each.roles)) or "-",
            str(tokens.get(each.id, 0)),
            "active" if each.active else "deactivated",
        )
        for each in found
    ]
    table(("service", "roles", "tokens", "state"), rows)
    if not rows:
        click.echo(f"Add one: {again(f'service create NAME --tenant {tenant} --role viewer')}", err=True)


@service.command()
@name_argument
@click.argument("new_name")
@tenant_option
@pass_shell
def rename(shell: Shell, *, name: str, new_name: str, tenant: str) -> None:
    """Call a service account otherwise; its tokens go on."""
    with work_of(shell, tenant, writing=True) as work:
        after = work.find_service(ServiceAccounts).rename(service_of(work, name).id, new_name)
    click.echo(f"{name} is now called {after.name}.")


@service.command("roles")
@name_argument
@tenant_option
@roles_option
@pass_shell
def set_roles(shell: Shell, *, name: str, tenant: str, roles: tuple[str, ...]) -> None:
    """Give a service account exactly these roles; without any it has none of its own."""
    with work_of(shell, tenant, writing=True) as work:
        after = work.find_service(Accounts).set_roles(service_of(work, name).id, roles)
    click.echo(f"{name} has {_roles(after.own_roles)}, from the next request on.")


@service.command()
@name_argument
@tenant_option
@pass_shell
def deactivate(shell: Shell, *, name: str, tenant: str) -> None:
    """Keep a service account out: its tokens are refused from the next request on."""
    _set_active(shell, tenant, name, active=False)
    click.echo(f"{name} is deactivated, and its tokens are refused.")


@service.command()
@name_argument
@tenant_option
@pass_shell
def activate(shell: Shell, *, name: str, tenant: str) -> None:
    """Let a service account in again, with those of its tokens that have not ended."""
    _set_active(shell, tenant, name, active=True)
    click.echo(f"{name} is active again.")


def _set_active(shell: Shell, tenant: str, name: str, *, active: bool) -> None:
    with work_of(shell, tenant, writing=True) as work:
        accounts: Any = work.find_service(Accounts)
        accounts.set_active(service_of(work, name).id, active=active)


def _roles(roles: frozenset[str]) -> str:
    if not roles:
        return "no role"
    return f"the {'role' if len(roles) == 1 else 'roles'} {', '.join(sorted(roles))}"
