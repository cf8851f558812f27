"""What these commands share: the unit of work, finding an account or a group, and drawing a table."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from insula.accounts.interfaces import Accounts, Groups
from insula.db.work import tenant_work
from insula.kit.commands import Shell, again
from insula.kit.errors import InsulaError, NotFound
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from insula.accounts.interfaces import AccountInfo, GroupInfo

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="The tenant's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def work_of(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Any]:
    """Give a unit of work of a tenant; an error ends the command with its words and places."""
    try:
        found = find_tenant(shell.registry, tenant)
    except NotFound:
        shell.fail(f"There is no tenant {tenant}.", f"See which there are: {again('tenant list')}")
    try:
        with tenant_work(shell.registry, found.id, writing=writing) as work:
            work.tenant = found
            yield work
    except InsulaError as error:
        places = [
            f"{f'{each.path}, line {each.line}' if each.line else each.path}: {each.detail}"
            for each in error.errors
        ]
        shell.fail(error.detail or error.title, "\n".join(places))


def account_of(work: Any, name: str) -> AccountInfo:
    """Return the account with this e-mail or id; raises NotFound for one that is not there."""
    accounts: Accounts = work.find_service(Accounts)
    found = accounts.by_email(name) if "@" in name else _by_id(accounts, name)
    if found is None:
        listed = again(f"person list --tenant {work.tenant.name}")
        raise NotFound(f"{work.tenant.name} has no account {name}. List them: {listed}")
    return found


def group_of(work: Any, name: str) -> GroupInfo:
    """Return the group of this name; raises NotFound for one that is not there."""
    for group in work.find_service(Groups).all():
        if group.name == name:
            found: GroupInfo = group
            return found
    listed = again(f"group list --tenant {work.tenant.name}")
    raise NotFound(f"{work.tenant.name} has no group {name}. List them: {listed}")


def said(names: Sequence[str] | frozenset[str]) -> str:
    """Return names in one line."""
    return ", ".join(sorted(names)) or "-"


def _by_id(accounts: Accounts, name: str) -> AccountInfo | None:
    try:
        return accounts.by_id(UUID(name))
    except ValueError:
        return None
