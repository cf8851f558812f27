"""What these commands share: the unit of work of a tenant, options, and drawing a table."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import ServiceAccounts
from insula.db.work import tenant_work
from insula.kit.commands import Shell, again
from insula.kit.errors import NotFound
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.accounts.interfaces import AccountInfo

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="The tenant's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def work_of(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Any]:
    """Give a unit of work of a tenant."""
    try:
        found = find_tenant(shell.registry, tenant)
    except NotFound:
        shell.fail(f"There is no tenant {tenant}.", f"See which there are: {again('tenant list')}")
    with tenant_work(shell.registry, found.id, writing=writing) as work:
        work.tenant = found
        yield work


def service_of(work: Any, name: str) -> AccountInfo:
    """Return the service account of this name; raises NotFound for one that is not there."""
    found: AccountInfo | None = work.find_service(ServiceAccounts).by_name(name)
    if found is None:
        listed = again(f"service list --tenant {work.tenant.name}")
        raise NotFound(f"{work.tenant.name} has no service account {name}. List them: {listed}")
    return found
