"""The screens of tenants: the list, one tenant, its plan, suspending and resuming it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.admin.interfaces import Summary
from insula.console.changes import change
from insula.console.interfaces import Planning
from insula.console.resources import TenantScreen, TenantsPanel
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound
from insula.security.permissions import Action
from insula.tenancy.interfaces import INSTALLATION, Plans, Tenants

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

VIEW, MANAGE = Action.VIEW.value, Action.MANAGE.value
READ = ("GET", "HEAD")
TEMPLATES = "insula.console:templates"
PLAN, STATUS = "plan", "status"


def includeme(config: Configurator) -> None:
    """Register the screens; what they change is a transaction of the directory, not of this tenant."""
    for view, context, name, method, permission, template in (
        (listing, TenantsPanel, "", READ, VIEW, "tenants"),
        (show, TenantScreen, "", READ, VIEW, "tenant"),
        (weigh, TenantScreen, PLAN, READ, MANAGE, "tenant_plan"),
        (assign, TenantScreen, PLAN, "POST", MANAGE, None),
        (ask, TenantScreen, STATUS, READ, MANAGE, "tenant_status"),
        (switch, TenantScreen, STATUS, "POST", MANAGE, None),
    ):
        config.add_view(
            view,
            context=context,
            name=name,
            request_method=method,
            permission=permission,
            renderer=f"{TEMPLATES}/{template}.jinja2" if template else None,
            rows="read",
            http_cache=0,
        )


def summary(request: Any, panel: TenantsPanel) -> Summary:
    """Say on the home page how many tenants there are."""
    tenants = request.find_service(Plans).tenants_of(INSTALLATION)
    suspended = sum(tenant.status == "suspended" for tenant in tenants)
    return Summary(f"{len(tenants):,}", f"{suspended:,} suspended" if suspended else "all open")


def listing(context: TenantsPanel, request: Any) -> dict[str, Any]:
    """List every tenant."""
    plans: Plans = request.find_service(Plans)
    hosts = request.find_service(Tenants).hosts()
    return {
        "rows": [
            (tenant, resource_path(context, tenant.name), hosts.get(tenant.id, ()))
            for tenant in plans.tenants_of(INSTALLATION)
        ],
        "plans": {plan.name: plan.title for plan in plans.all()},
    }


def show(context: TenantScreen, request: Any) -> dict[str, Any]:
    """Show one tenant, with the plans it may be put on."""
    plans = request.find_service(Plans).all()
    return {
        "found": context.tenant,
        "hosts": request.find_service(Tenants).hosts_of(context.tenant),
        "plans": [(plan.name, plan.title) for plan in plans],
        "plan": next((plan for plan in plans if plan.name == context.tenant.plan), None),
        "here": resource_path(context).rstrip("/"),
        "may_manage": request.may(MANAGE, context),
    }


def weigh(context: TenantScreen, request: Any) -> dict[str, Any]:
    """Show what would be otherwise on another plan, with the button that assigns it."""
    plan = request.GET.get(PLAN, "")
    try:
        moved = request.find_service(Planning).moved(context.tenant, plan)
        title = request.find_service(Plans).find(plan).title
    except NotFound as error:
        raise Invalid(errors=[FieldError(PLAN, "Choose one of the plans.")]) from error
    return {
        "found": context.tenant,
        "plan": plan,
        "plan_title": title,
        "moved": moved,
        "here": resource_path(context).rstrip("/"),
    }


def assign(context: TenantScreen, request: Any) -> Response:
    """Put the tenant on a plan."""
    if request.POST.get("before") != context.tenant.plan:
        raise Conflict(f"{context.tenant.title} is on another plan by now. Load it again.")
    change(request, context.tenant, plan=request.POST.get(PLAN, ""))
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=plan-assigned")


def ask(context: TenantScreen, request: Any) -> dict[str, Any]:
    """Ask whether the tenant shall really be suspended or resumed."""
    return {"found": context.tenant, "here": resource_path(context).rstrip("/")}


def switch(context: TenantScreen, request: Any) -> Response:
    """Suspend or resume the tenant."""
    status = request.POST.get(STATUS, "")
    if status not in ("active", "suspended"):
        raise Invalid(errors=[FieldError(STATUS, "Use active or suspended.")])
    change(request, context.tenant, status=status)
    notice = "tenant-suspended" if status == "suspended" else "tenant-resumed"
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")
