"""Tenants and plans as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.kit.clock import isoformat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.console.interfaces import Effect, Moved
    from insula.tenancy.interfaces import Plan, Tenant


def tenant_shape(tenant: Tenant, hosts: Sequence[str]) -> dict[str, Any]:
    """Return a tenant."""
    return {
        "id": tenant.name,
        "title": tenant.title,
        "hosts": list(hosts),
        "plan": tenant.plan,
        "status": tenant.status,
        "console": tenant.console,
        "created_at": isoformat(tenant.created_at) if tenant.created_at else None,
    }


def plan_shape(plan: Plan, *, whole: bool = True) -> dict[str, Any]:
    """Return a plan, with or without its document."""
    told = {
        "id": plan.name,
        "title": plan.title,
        "version": plan.version,
        "tenants": plan.tenants,
        "changed_by": plan.changed_by,
        "changed_at": isoformat(plan.changed_at) if plan.changed_at else None,
    }
    return told | {"document": plan.document.model_dump(mode="json", exclude_none=True)} if whole else told


def effect_shape(effect: Effect) -> dict[str, Any]:
    """Return what a changed document does."""
    return {
        "way": effect.way,
        "what": effect.what,
        "before": effect.before,
        "after": effect.after,
        "tenants": effect.tenants,
        "words": effect.words,
    }


def moved_shape(moved: Moved) -> dict[str, Any]:
    """Return what is otherwise on another plan."""
    return {"what": moved.what, "before": moved.before, "after": moved.after}
