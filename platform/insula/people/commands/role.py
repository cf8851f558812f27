"""`insula role`: the roles that rules of a tenant's policy speak of."""

from __future__ import annotations

import click

from insula.accounts.interfaces import Roles
from insula.kit.commands import Shell, pass_shell, table
from insula.kit.json import dumps
from insula.people.commands.shared import json_option, tenant_option, work_of
from insula.people.effects import effects_of
from insula.people.shapes import role_shape


@click.group()
def role() -> None:
    """List, make, rename and delete the roles of a tenant; `person roles` gives them."""


@role.command("list")
@tenant_option
@json_option
@pass_shell
def list_roles(shell: Shell, *, tenant: str, as_json: bool) -> None:
    """List the roles with how many hold each, and how many rules name it."""
    with work_of(shell, tenant) as work:
        found = work.find_service(Roles).all()
        effects = effects_of(work)
    if as_json:
        click.echo(dumps([role_shape(each, effects.get(each.name, ())) for each in found], indent=True))
        return
    rows = [
        (
            each.name,
            each.title,
            "own" if each.own else "default",
            str(each.members),
            str(len(effects.get(each.name, ()))),
        )
        for each in found
    ]
    table(("role", "title", "", "held by", "rules"), rows)


@role.command("create")
@click.argument("name")
@tenant_option
@click.option("--title", required=True, help="What people read.")
@pass_shell
def create_role(shell: Shell, *, name: str, tenant: str, title: str) -> None:
    """Make a role of the tenant's own; rules call it by its name, which stays."""
    with work_of(shell, tenant, writing=True) as work:
        made = work.find_service(Roles).create(name, title)
    click.echo(f'{made.title} is made. It allows nothing until a rule names Role::"{made.name}".')


@role.command("rename")
@click.argument("name")
@tenant_option
@click.option("--title", required=True, help="What people read.")
@pass_shell
def rename_role(shell: Shell, *, name: str, tenant: str, title: str) -> None:
    """Give a role another title."""
    with work_of(shell, tenant, writing=True) as work:
        after = work.find_service(Roles).rename(name, title)
    click.echo(f"The role {after.name} is called {after.title}.")


@role.command("delete")
@click.argument("name")
@tenant_option
@pass_shell
def delete_role(shell: Shell, *, name: str, tenant: str) -> None:
    """Remove a role of the tenant's own that nobody holds."""
    with work_of(shell, tenant, writing=True) as work:
        work.find_service(Roles).delete(name)
    click.echo(f"The role {name} is gone.")
