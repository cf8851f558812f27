"""Changing a tenant from the console, the same for its screens and its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.events.interfaces import actor_of
from insula.kit.errors import Conflict, FieldError
from insula.tenancy.interfaces import Tenants

if TYPE_CHECKING:
    from insula.tenancy.interfaces import Status, Tenant


def refuse_closing(seen: Tenant, status: str | None) -> None:
    """Raise Conflict where the tenant that the operators work in would be suspended."""
    if status == "suspended" and seen.console:
        detail = "This is the operators' own tenant. Suspend it from the command line, if it has to be."
        raise Conflict(detail, errors=[FieldError("status", detail)])


def change(request: Any, seen: Tenant, *, plan: str | None = None, status: Status | None = None) -> Tenant:
    """Change a tenant that stands as it was seen; the one that the operators work in stays open."""
    refuse_closing(seen, status)
    service: Tenants = request.find_service(Tenants)
    standing = seen.plan, seen.status
    return service.change(seen.name, plan=plan, status=status, expected=standing, actor=actor_of(request))
