"""The settings that rules of the operators' tenant may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.console.resources import PLANS, TENANTS
from insula.tenancy.interfaces import INSTALLATION, Plans

if TYPE_CHECKING:
    from collections.abc import Iterable


def names(request: Any) -> Iterable[str]:
    """Return the ids of plans and tenants, to the operators' tenant alone."""
    if not request.tenant.console:
        return
    yield from (PLANS, TENANTS, f"{PLANS}.{INSTALLATION}")
    plans: Plans = request.find_service(Plans)
    yield from (f"{PLANS}.{plan.name}" for plan in plans.all())
    yield from (f"{TENANTS}.{tenant.name}" for tenant in plans.tenants_of(INSTALLATION))
