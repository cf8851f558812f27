"""Suspending and resuming a tenant from the console, the same for its screens and its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.events.interfaces import actor_of
from insula.kit.errors import Conflict, FieldError
from insula.tenancy.interfaces import Tenants

if TYPE_CHECKING:
    from insula.tenancy.interfaces import Tenant


def set_status(request: Any, tenant: Tenant, status: str) -> Tenant:
    """Suspend or resume a tenant; the one that the operators work in stays open."""
    service: Tenants = request.find_service(Tenants)
    if status == "active":
        return service.resume(tenant.name, actor=actor_of(request))
    if tenant.console:
        detail = "This is the operators' own tenant. Suspend it from the command line, if it has to be."
        raise Conflict(detail, errors=[FieldError("status", detail)])
    return service.suspend(tenant.name, actor=actor_of(request))
