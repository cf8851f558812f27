"""Tenants and plans as JSON, on the operators' host only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPCreated

from insula.api.interfaces import check_if_match, etag_of, json_object, query_parameters
from insula.console.changes import change, refuse_closing
from insula.console.interfaces import Planning
from insula.console.shapes import effect_shape, moved_shape, plan_shape, tenant_shape
from insula.events.interfaces import actor_of
from insula.kit import json
from insula.kit.errors import FieldError, Invalid, Malformed, NotFound
from insula.security.permissions import Action
from insula.tenancy.interfaces import INSTALLATION, Plans, Tenants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyramid.config import Configurator

    from insula.console.interfaces import Moved
    from insula.console.resources import PlanItem, PlansAPI, TenantItem, TenantsAPI
    from insula.tenancy.interfaces import Tenant

VIEW, MANAGE = Action.VIEW.value, Action.MANAGE.value
STATUSES = ("active", "suspended")


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


def tenants(context: TenantsAPI, request: Any) -> dict[str, Any]:
    """Return every tenant."""
    found = request.find_service(Plans).tenants_of(INSTALLATION)
    hosts = request.find_service(Tenants).hosts()
    return {"data": [tenant_shape(tenant, hosts.get(tenant.id, ())) for tenant in found]}


def tenant(context: TenantItem, request: Any) -> dict[str, Any]:
    """Return one tenant."""
    return _tenant(request, context.tenant)


def change_tenant(context: TenantItem, request: Any) -> dict[str, Any]:
    """Change the plan or the status of a tenant; with `dry_run=true`, say what would be otherwise."""
    before = context.tenant
    check_if_match(request, *_parts(before))
    given = json_object(request)
    errors = [
        FieldError(name, "Only plan and status can be changed.") for name in given if name not in _CHANGED
    ]
    errors += [FieldError(name, "Use text.") for name, value in given.items() if not isinstance(value, str)]
    if not errors and given.get("status", before.status) not in STATUSES:
        errors.append(FieldError("status", f"Use one of: {', '.join(STATUSES)}."))
    if errors:
        raise Invalid(errors=errors)
    plan, status = given.get("plan", before.plan), given.get("status", before.status)
    if dry_run(request):
        refuse_closing(before, status)
        moved = _moved(request, before, plan)
        return {"plan": plan, "status": status, "moved": [moved_shape(one) for one in moved]}
    changed = {name: value for name, value in given.items() if value != getattr(before, name)}
    return _tenant(request, change(request, before, **changed))


def plans(context: PlansAPI, request: Any) -> dict[str, Any]:
    """Return every plan, and the installation's own document first."""
    service: Plans = request.find_service(Plans)
    return {"data": [plan_shape(one, whole=False) for one in (service.find(INSTALLATION), *service.all())]}


def make_plan(context: PlansAPI, request: Any) -> Any:
    """Make a plan."""
    given = _given(request, ("name", "title", "document"))
    planning: Planning = request.find_service(Planning)
    document = planning.read(given["document"])
    name, title = _text(given, "name"), _text(given, "title")
    if dry_run(request):
        request.find_service(Plans).check(name, title, expected=0)
        return {"effects": []}
    made = planning.save(name, title, document, expected=0, actor=actor_of(request))
    response = HTTPCreated(
        location=f"/api/plans/{made.name}",
        body=json.dumps(plan_shape(made)),
        content_type="application/json",
        charset=None,
    )
    response.etag = str(made.version)
    return response


def plan(context: PlanItem, request: Any) -> dict[str, Any]:
    """Return one plan with its document."""
    etag_of(request, context.plan.version)
    return plan_shape(context.plan)


def save_plan(context: PlanItem, request: Any) -> dict[str, Any]:
    """Change a plan; with `dry_run=true`, say what that would do to its tenants."""
    before = context.plan
    check_if_match(request, before.version)
    given = _given(request, ("title", "document"))
    planning: Planning = request.find_service(Planning)
    document = planning.read(given["document"])
    title = _text(given, "title", before.title)
    if dry_run(request):
        request.find_service(Plans).check(before.name, title, expected=before.version)
        return {"effects": [effect_shape(one) for one in planning.effects(before.name, document)]}
    saved = planning.save(before.name, title, document, expected=before.version, actor=actor_of(request))
    etag_of(request, saved.version)
    return plan_shape(saved)


def dry_run(request: Any) -> bool:
    """Say whether nothing is to be changed."""
    text = query_parameters(request, ["dry_run"]).get("dry_run", "false")
    if text not in ("true", "false"):
        raise Malformed(errors=[FieldError("dry_run", "Use true or false.")])
    return text == "true"


_CHANGED = ("plan", "status")


def _tenant(request: Any, found: Tenant) -> dict[str, Any]:
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


def _given(request: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    given = json_object(request)
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
