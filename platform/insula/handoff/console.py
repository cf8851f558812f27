"""What the console is asked, and told, as the tenant that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.accounts.interfaces import SignIns
from insula.db.work import tenant_work
from insula.tenancy.interfaces import find_console

if TYPE_CHECKING:
    from pyramid.registry import Registry

    from insula.handoff.interfaces import Operator
    from insula.tenancy.interfaces import Tenant


def is_active(registry: Registry, operator: Operator) -> bool:
    """Ask the console whether the account and the session of it still live; asked anew at each request."""
    with tenant_work(registry, operator.console_id, writing=False) as work:
        return work.tenant.status == "active" and any(
            each.id == operator.sign_in_id and each.account.active
            for each in work.find_service(SignIns).of_account(operator.id)
        )


def address_at(registry: Registry, tenant: Tenant, path: str) -> str:
    """Return the public address of a path at a tenant that is not the one of this request."""
    with tenant_work(registry, tenant.id, writing=False) as work:
        address: str = work.canonical_url(path)
        return address


def console_address(request: Any, path: str) -> str:
    """Return the public address of a path at the console."""
    return address_at(request.registry, find_console(request.registry), path)
