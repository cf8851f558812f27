"""Tenants and plans as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired

from typing_extensions import TypedDict

from insula.api.interfaces import Moment
from insula.kit.clock import isoformat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.console.interfaces import Effect, Moved
    from insula.tenancy.interfaces import Plan, Tenant


class TenantShape(TypedDict):
    """A tenant."""

    id: str
    title: str
    hosts: list[str]
    plan: str
    status: str
    console: bool
    created_at: Moment | None


class PlanShape(TypedDict):
    """A plan; one that is read by itself comes with its document."""

    id: str
    title: str
    version: int
    tenants: int
    changed_by: str | None
    changed_at: Moment | None
    document: NotRequired[dict[str, Any]]


class EffectShape(TypedDict):
    """What a changed document does."""

    way: str
    what: str
    before: Any
    after: Any
    tenants: Any
    words: str


class MovedShape(TypedDict):
    """What is otherwise on another plan."""

    what: str
    before: Any
    after: Any


def tenant_shape(tenant: Tenant, hosts: Sequence[str]) -> TenantShape:
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


def plan_shape(plan: Plan, *, whole: bool = True) -> PlanShape:
    """Return a plan, with or without its document."""
    told: PlanShape = {
        "id": plan.name,
        "title": plan.title,
        "version": plan.version,
        "tenants": plan.tenants,
        "changed_by": plan.changed_by,
        "changed_at": isoformat(plan.changed_at) if plan.changed_at else None,
    }
    if whole:
        told["document"] = plan.document.model_dump(mode="json", exclude_none=True)
    return told


def effect_shape(effect: Effect) -> EffectShape:
    """Return what a changed document does."""
    return {
        "way": effect.way,
        "what": effect.what,
        "before": effect.before,
        "after": effect.after,
        "tenants": effect.tenants,
        "words": effect.words,
    }


def moved_shape(moved: Moved) -> MovedShape:
    """Return what is otherwise on another plan."""
    return {"what": moved.what, "before": moved.before, "after": moved.after}
