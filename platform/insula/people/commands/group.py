"""`insula group`: groups, which give their roles to many accounts at once."""

from __future__ import annotations

import click

from insula.accounts.interfaces import Groups
from insula.kit.commands import Shell, again, pass_shell, table
from insula.kit.json import dumps
from insula.kit.words import counted
from insula.people.commands.shared import (
    account_of,
    group_of,
    json_option,
    said,
    tenant_option,
    work_of,
)
from insula.people.shapes import group_shape

ROLES = click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role; may be repeated.")
WHO = click.argument("who", nargs=-1, required=True, metavar="EMAIL|ID…")


@click.group()
def group() -> None:
    """Make groups, give them roles, and put accounts into them."""


@group.command("list")
@tenant_option
@json_option
@pass_shell
def list_groups(shell: Shell, *, tenant: str, as_json: bool) -> None:
    """List the groups with their roles and how many are in each."""
    with work_of(shell, tenant) as work:
        found = work.find_service(Groups).all()
    if as_json:
        click.echo(dumps([group_shape(each) for each in found], indent=True))
        return
    rows = [(each.name, each.title, said(each.roles), str(each.members)) for each in found]
    table(("group", "title", "roles", "members"), rows)
    if not rows:
        click.echo(f"None. Make one: {again(f'group create NAME --tenant {tenant} --title … --role editor')}")


@group.command("show")
@click.argument("name")
@tenant_option
@pass_shell
def show_group(shell: Shell, *, name: str, tenant: str) -> None:
    """Show a group and who is in it."""
    with work_of(shell, tenant) as work:
        found = group_of(work, name)
        members = work.find_service(Groups).members(found.id)
    click.echo(f"{found.title} gives {said(found.roles)}; {counted(len(members), 'member')}")
    table(("name", "e-mail"), [(each.name, each.email or each.kind) for each in members])


@group.command("create")
@click.argument("name")
@tenant_option
@click.option("--title", required=True, help="What people read.")
@ROLES
@pass_shell
def create_group(shell: Shell, *, name: str, tenant: str, title: str, roles: tuple[str, ...]) -> None:
    """Make a group."""
    with work_of(shell, tenant, writing=True) as work:
        made = work.find_service(Groups).create(name, title, roles)
    click.echo(f"{made.title} is made and gives {said(made.roles)}.")


@group.command("change")
@click.argument("name")
@tenant_option
@click.option("--title", help="What people read.")
@click.option(
    "--give", "given", multiple=True, metavar="ROLE", help="Let it give this role; may be repeated."
)
@click.option(
    "--take", "taken", multiple=True, metavar="ROLE", help="Let it give this no more; may be repeated."
)
@pass_shell
def change_group(
    shell: Shell, *, name: str, tenant: str, title: str | None, given: tuple[str, ...], taken: tuple[str, ...]
) -> None:
    """Give a group another title or other roles."""
    with work_of(shell, tenant, writing=True) as work:
        groups: Groups = work.find_service(Groups)
        found = groups.for_change(group_of(work, name).id)
        roles = (found.roles | set(given)) - set(taken)
        after = groups.change(found.id, title=title or found.title, roles=roles)
    click.echo(f"{after.title} gives {said(after.roles)} to {counted(after.members, 'member')}.")


@group.command("delete")
@click.argument("name")
@tenant_option
@pass_shell
def delete_group(shell: Shell, *, name: str, tenant: str) -> None:
    """Delete a group; its members stay, without its roles."""
    with work_of(shell, tenant, writing=True) as work:
        work.find_service(Groups).delete(group_of(work, name).id)
    click.echo(f"The group {name} is gone.")


@group.command("add")
@click.argument("name")
@WHO
@tenant_option
@pass_shell
def add_members(shell: Shell, *, name: str, who: tuple[str, ...], tenant: str) -> None:
    """Put accounts into a group."""
    _members(shell, tenant, name, who, add=True)


@group.command("remove")
@click.argument("name")
@WHO
@tenant_option
@pass_shell
def remove_members(shell: Shell, *, name: str, who: tuple[str, ...], tenant: str) -> None:
    """Take accounts out of a group."""
    _members(shell, tenant, name, who, add=False)


def _members(shell: Shell, tenant: str, name: str, who: tuple[str, ...], *, add: bool) -> None:
    with work_of(shell, tenant, writing=True) as work:
        groups: Groups = work.find_service(Groups)
        found = groups.for_change(group_of(work, name).id)
        inside = {each.id for each in groups.members(found.id)}
        named = {account_of(work, each).id for each in who}
        after = groups.set_members(found.id, inside | named if add else inside - named)
    click.echo(f"{after.title} has {counted(after.members, 'member')}.")
