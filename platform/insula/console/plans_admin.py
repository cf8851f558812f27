"""The screens of plans and of the installation's document: the list, the text, and what a change of it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Accounts, actor_names
from insula.admin.interfaces import Summary
from insula.console.interfaces import Planning
from insula.console.resources import PlanScreen, PlansPanel
from insula.console.tenants_admin import MANAGE, READ, TEMPLATES, VIEW
from insula.events.interfaces import actor_of
from insula.kit import json
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid, Malformed, Stale
from insula.tenancy.interfaces import INSTALLATION, Plan, PlanDocument, Plans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.console.interfaces import Effect

NEW = "new"
FORM, CONFIRM = f"{TEMPLATES}/plan.jinja2", f"{TEMPLATES}/plan_confirm.jinja2"
EMPTY = json.dumps({"bounds": {}, "features": {}}, indent=True).decode()
_LONGEST = 9


def includeme(config: Configurator) -> None:
    """Register the screens; what they change is a transaction of the directory, not of this tenant."""
    for view, context, name, method, permission, template in (
        (listing, PlansPanel, "", READ, VIEW, f"{TEMPLATES}/plans.jinja2"),
        (blank, PlansPanel, NEW, READ, MANAGE, None),
        (make, PlansPanel, NEW, "POST", MANAGE, None),
        (show, PlanScreen, "", READ, VIEW, None),
        (save, PlanScreen, "", "POST", MANAGE, None),
    ):
        config.add_view(
            view,
            context=context,
            name=name,
            request_method=method,
            permission=permission,
            renderer=template,
            rows="read",
            http_cache=0,
        )


def summary(request: Any, panel: PlansPanel) -> Summary:
    """Say on the home page how many plans there are."""
    count = len(request.find_service(Plans).all())
    return Summary(f"{count:,}", "plan" if count == 1 else "plans")


def listing(context: PlansPanel, request: Any) -> dict[str, Any]:
    """List the plans, the installation's own document first."""
    service: Plans = request.find_service(Plans)
    plans = [service.find(INSTALLATION), *service.all()]
    return {
        "rows": [(plan, resource_path(context, plan.name)) for plan in plans],
        "changers": _changers(request, plans),
        "new": f"{resource_path(context).rstrip('/')}/@@{NEW}",
        "may_manage": request.may(MANAGE, context),
    }


def blank(context: PlansPanel, request: Any) -> Response:
    """Show an empty form."""
    return _form(context, request, None, {"name": "", "title": "", "settings": EMPTY, "policy": ""})


def make(context: PlansPanel, request: Any) -> Response:
    """Make a plan, which binds nobody yet."""
    typed = _typed(request)
    try:
        planning: Planning = request.find_service(Planning)
        made = planning.save(
            typed["name"], typed["title"], _document(planning, typed), expected=0, actor=actor_of(request)
        )
    except (Conflict, Invalid, Stale) as error:
        return _form(context, request, None, typed, error)
    return HTTPSeeOther(location=f"{resource_path(context, made.name)}?notice=plan-saved")


def show(context: PlanScreen, request: Any) -> Response:
    """Show the text of a plan."""
    plan = context.plan
    return _form(context.__parent__, request, plan, _texts(plan))


def save(context: PlanScreen, request: Any) -> Response:
    """Show what the change would do, and make it once that was seen."""
    plan, typed = context.plan, _typed(request)
    planning: Planning = request.find_service(Planning)
    try:
        version = _version(request, plan)
        document = _document(planning, typed)
        if "confirmed" not in request.POST:
            request.find_service(Plans).check(plan.name, typed["title"], expected=version)
            return _confirm(context, request, typed, planning.effects(plan.name, document))
        planning.save(plan.name, typed["title"], document, expected=version, actor=actor_of(request))
    except (Invalid, Stale) as error:
        return _form(context.__parent__, request, plan, typed, error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=plan-saved")


def _document(planning: Planning, typed: Mapping[str, str]) -> PlanDocument:
    try:
        given = json.loads(typed["settings"])
    except ValueError as error:
        raise Invalid(errors=[FieldError("settings", f"This does not read as JSON: {error}.")]) from error
    if not isinstance(given, dict) or "policy" in given:
        raise Invalid(errors=[FieldError("settings", "Use an object with bounds and features.")])
    return planning.read({**given, "policy": typed["policy"]})


def _typed(request: Any) -> dict[str, str]:
    names = ("name", "title", "settings", "policy")
    return {name: request.POST.get(name, "").replace("\r\n", "\n") for name in names}


def _version(request: Any, plan: Plan) -> int:
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    if int(text) != plan.version:
        raise Stale(f"{plan.title} was changed since you loaded it: it is at version {plan.version} now.")
    return plan.version


def _texts(plan: Plan) -> dict[str, str]:
    document = plan.document.model_dump(mode="json", exclude_none=True)
    policy = document.pop("policy")
    settings = json.dumps(document, indent=True).decode()
    return {"name": plan.name, "title": plan.title, "settings": settings, "policy": policy}


def _confirm(
    context: PlanScreen, request: Any, typed: Mapping[str, str], effects: Sequence[Effect]
) -> Response:
    values = {
        "plan": context.plan,
        "typed": typed,
        "effects": effects,
        "here": resource_path(context),
        "same": _texts(context.plan) == {**typed, "name": context.plan.name} and not effects,
    }
    return render_to_response(CONFIRM, values, request=request)


def _form(
    panel: PlansPanel,
    request: Any,
    plan: Plan | None,
    typed: Mapping[str, str],
    error: InsulaError | None = None,
) -> Response:
    errors = error.errors if error else ()
    lines = [(f"f-{_field(one)}", _line(one)) for one in errors]
    if error and not errors:
        lines = [("", error.detail)]
    response = render_to_response(
        FORM,
        {
            "plan": plan,
            "typed": typed,
            "lines": lines,
            "wrong": {_field(one): one.detail for one in reversed(errors)},
            "changer": _changers(request, [plan])[plan.name] if plan else "",
            "back": resource_path(panel).rstrip("/"),
            "may_manage": request.may(MANAGE, request.context),
            "installation": plan is not None and plan.name == INSTALLATION,
        },
        request=request,
    )
    if error:
        response.status_int = error.status
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _field(error: FieldError) -> str:
    first = error.path.partition(".")[0]
    return first if first in ("name", "title", "policy") else "settings"


def _line(error: FieldError) -> str:
    return f"{error.path}: {error.detail}"


def _changers(request: Any, plans: Sequence[Plan]) -> dict[str, str]:
    names = actor_names(request.find_service(Accounts), (plan.changed_by for plan in plans))
    return {
        plan.name: names.get(plan.changed_by or "", plan.changed_by or "the installation") for plan in plans
    }
