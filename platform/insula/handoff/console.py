"""What the console is asked, and told, as the tenant that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.accounts.interfaces import Accounts
from insula.db.work import tenant_work
from insula.tenancy.interfaces import find_console

if TYPE_CHECKING:
    from uuid import UUID

    from pyramid.registry import Registry

    from insula.tenancy.interfaces import Tenant


def is_active(registry: Registry, console_id: UUID, operator_id: UUID) -> bool:
    """Ask the console whether this account of it may still act; asked anew at each request of an operator."""
    with tenant_work(registry, console_id, writing=False) as work:
        account = work.find_service(Accounts).by_id(operator_id)
        return account is not None and account.active and work.tenant.status == "active"


def address_at(registry: Registry, tenant: Tenant, path: str) -> str:
    """Return the public address of a path at a tenant that is not the one of this request."""
    with tenant_work(registry, tenant.id, writing=False) as work:
        address: str = work.canonical_url(path)
        return address


def console_address(request: Any, path: str) -> str:
    """Return the public address of a path at the console."""
    return address_at(request.registry, find_console(request.registry), path)
