"""Tenants and plans as JSON, on the operators' host only."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.api.interfaces import Answer, Body, IfMatch, Page, Service, etag_of, listing
from insula.console.changes import change, refuse_closing
from insula.console.interfaces import Moved, Planning
from insula.console.resources import PlanItem, PlansAPI, TenantItem, TenantsAPI
from insula.console.shapes import (
    EffectShape,
    MovedShape,
    PlanShape,
    TenantShape,
    effect_shape,
    moved_shape,
    plan_shape,
    tenant_shape,
)
from insula.events.interfaces import actor_of
from insula.kit.errors import FieldError, Invalid, NotFound
from insula.security.permissions import Action
from insula.tenancy.interfaces import INSTALLATION, Plans, Tenant, Tenants

VIEW, MANAGE = Action.VIEW.value, Action.MANAGE.value
STATUSES = ("active", "suspended")


class TenantChanges(BaseModel):
    """What can be changed of a tenant."""

    plan: str = ""
    status: Literal["active", "suspended"] = "active"


class PlanChanges(BaseModel):
    """A plan's title, and its document with bounds, features and policy."""

    model_config = ConfigDict(extra="forbid")

    title: str = ""
    document: dict[str, Any]


class NewPlan(PlanChanges):
    """A plan to make."""

    name: str


class Foreseen(TypedDict):
    """What a change of a tenant would make otherwise."""

    plan: str
    status: str
    moved: list[MovedShape]


class Effects(TypedDict):
    """What a change of a plan would do to its tenants."""

    effects: list[EffectShape]


def includeme(config: Configurator) -> None:
    """Register the endpoints; what they change is a transaction of the directory, not of this tenant."""
    resources = "insula.console.resources"
    for view, context, method, permission in (
        ("tenants", "TenantsAPI", "GET", VIEW),
        ("tenant", "TenantItem", "GET", VIEW),
        ("change_tenant", "TenantItem", "PATCH", MANAGE),
        ("plans", "PlansAPI", "GET", VIEW),
        ("make_plan", "PlansAPI", "POST", MANAGE),
        ("plan", "PlanItem", "GET", VIEW),
        ("save_plan", "PlanItem", "PUT", MANAGE),
    ):
        config.add_endpoint(
            f"insula.console.api.{view}",
            context=f"{resources}.{context}",
            method=method,
            permission=permission,
            rows="read",
        )


def tenants(
    context: TenantsAPI, request: Any, plans: Plans = Service, all_tenants: Tenants = Service
) -> Page[TenantShape]:
    """Return every tenant."""
    found, hosts = plans.tenants_of(INSTALLATION), all_tenants.hosts()
    return listing(request, [tenant_shape(tenant, hosts.get(tenant.id, ())) for tenant in found])


def tenant(context: TenantItem, request: Any) -> TenantShape:
    """Return one tenant."""
    return _tenant(request, context.tenant)


def change_tenant(
    context: TenantItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(schema=TenantChanges)],
    if_match: IfMatch,
    *,
    dry_run: bool = False,
) -> TenantShape | Foreseen:
    """Change the plan or the status of a tenant; with `dry_run=true`, say what would be otherwise."""
    before = context.tenant
    if_match.check(*_parts(before))
    given = body
    errors = [
        FieldError(name, "Only plan and status can be changed.") for name in given if name not in _CHANGED
    ]
    errors += [FieldError(name, "Use text.") for name, value in given.items() if not isinstance(value, str)]
    if not errors and given.get("status", before.status) not in STATUSES:
        errors.append(FieldError("status", f"Use one of: {', '.join(STATUSES)}."))
    if errors:
        raise Invalid(errors=errors)
    plan, status = given.get("plan", before.plan), given.get("status", before.status)
    if dry_run:
        refuse_closing(before, status)
        moved = _moved(request, before, plan)
        return {"plan": plan, "status": status, "moved": [moved_shape(one) for one in moved]}
    changed = {name: value for name, value in given.items() if value != getattr(before, name)}
    return _tenant(request, change(request, before, **changed))


def plans(context: PlansAPI, request: Any, service: Plans = Service) -> Page[PlanShape]:
    """Return every plan, and the installation's own document first."""
    found = (service.find(INSTALLATION), *service.all())
    return listing(request, [plan_shape(one, whole=False) for one in found])


def make_plan(
    context: PlansAPI,
    request: Any,
    body: Annotated[dict[str, Any], Body(schema=NewPlan)],
    planning: Planning = Service,
    *,
    dry_run: bool = False,
) -> Annotated[PlanShape | Effects, Answer(200, schema=Effects), Answer(201, schema=PlanShape)]:
    """Make a plan."""
    given = _given(body, ("name", "title", "document"))
    document = planning.read(given["document"])
    name, title = _text(given, "name"), _text(given, "title")
    if dry_run:
        request.find_service(Plans).check(name, title, expected=0)
        return {"effects": []}
    made = planning.save(name, title, document, expected=0, actor=actor_of(request))
    request.response.status_int = 201
    request.response.headers["Location"] = f"/api/plans/{made.name}"
    etag_of(request, made.version)
    return plan_shape(made)


def plan(context: PlanItem, request: Any) -> PlanShape:
    """Return one plan with its document."""
    etag_of(request, context.plan.version)
    return plan_shape(context.plan)


def save_plan(
    context: PlanItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(schema=PlanChanges)],
    if_match: IfMatch,
    planning: Planning = Service,
    *,
    dry_run: bool = False,
) -> PlanShape | Effects:
    """Change a plan; with `dry_run=true`, say what that would do to its tenants."""
    before = context.plan
    if_match.check(before.version)
    given = _given(body, ("title", "document"))
    document = planning.read(given["document"])
    title = _text(given, "title", before.title)
    if dry_run:
        request.find_service(Plans).check(before.name, title, expected=before.version)
        return {"effects": [effect_shape(one) for one in planning.effects(before.name, document)]}
    saved = planning.save(before.name, title, document, expected=before.version, actor=actor_of(request))
    etag_of(request, saved.version)
    return plan_shape(saved)


_CHANGED = ("plan", "status")


def _tenant(request: Any, found: Tenant) -> TenantShape:
    etag_of(request, *_parts(found))
    return tenant_shape(found, request.find_service(Tenants).hosts_of(found))


def _moved(request: Any, found: Tenant, plan: str) -> Sequence[Moved]:
    try:
        moved: Sequence[Moved] = request.find_service(Planning).moved(found, plan)
    except NotFound as error:
        raise Invalid(errors=[FieldError("plan", str(error))]) from error
    return moved


def _parts(found: Tenant) -> tuple[str, str]:
    return found.plan, found.status


def _given(given: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    errors = [
        FieldError(name, f"There is no such member. Use {', '.join(names)}.")
        for name in given
        if name not in names
    ]
    if not isinstance(given.get("document"), dict):
        errors.append(FieldError("document", "Use an object with bounds, features and policy."))
    if errors:
        raise Invalid(errors=errors)
    return given


def _text(given: Mapping[str, Any], name: str, default: str = "") -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise Invalid(errors=[FieldError(name, "Use text.")])
    return value
