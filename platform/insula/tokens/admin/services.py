"""The screens of service accounts: the list, a form to make one, and one with its roles and tokens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Roles, ServiceAccounts, Tokens
from insula.admin.interfaces import Summary
from insula.api.interfaces import limit_of
from insula.kit.clock import now
from insula.kit.errors import Conflict, InsulaError, Invalid, Refused, Stale
from insula.security.permissions import Action
from insula.tokens.acts import change_service, make_service, may_make, version_of
from insula.tokens.lists import Wanted, page_of, services_of
from insula.tokens.resources import ServiceScreen, ServicesPanel, TokensPanel
from insula.tokens.words import words_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyramid.config import Configurator
    from pyramid.response import Response

VIEW, CREATE, EDIT, MANAGE = (each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.MANAGE))
READ = ("GET", "HEAD")
REFUSALS = (Invalid, Conflict, Refused)


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, context, name, method, permission, template in (
        (listing, ServicesPanel, "", READ, VIEW, "services"),
        (form, ServicesPanel, "new", READ, CREATE, None),
        (make, ServicesPanel, "new", "POST", CREATE, None),
        (show, ServiceScreen, "", READ, VIEW, None),
        (save, ServiceScreen, "", "POST", EDIT, None),
        (deactivate_form, ServiceScreen, "deactivate", READ, MANAGE, "deactivate"),
        (deactivate, ServiceScreen, "deactivate", "POST", MANAGE, None),
        (activate, ServiceScreen, "activate", "POST", MANAGE, None),
    ):
        config.add_view(
            view,
            context=context,
            name=name,
            request_method=method,
            permission=permission,
            renderer=f"insula.tokens:templates/{template}.jinja2" if template else None,
        )


def summary(request: Any, panel: ServicesPanel) -> Summary:
    """Say on the home page how many there are."""
    active, known = request.find_service(ServiceAccounts).counts()
    return Summary(f"{active:,}", "active" if active == known else f"active of {known:,}")


def listing(context: ServicesPanel, request: Any) -> dict[str, Any]:
    """List the service accounts with how many tokens each has that work."""
    working = request.find_service(Tokens).live_by_account()
    given = request.GET
    page = services_of(context, given, limit_of(given, default=50, most=200))
    limit = [("limit", given["limit"])] if "limit" in given else []
    return {
        "rows": [
            (each, resource_path(context, str(each.id)), working.get(each.id, 0)) for each in page.accounts
        ],
        "first": request.resource_path(context, query=limit) if "after" in given else None,
        "next": request.resource_path(context, query=[*limit, ("after", page.after)]) if page.after else None,
        "titles": _titles(request),
        "may_make": request.may(CREATE, context),
        "here": resource_path(context),
    }


def form(context: ServicesPanel, request: Any) -> Response:
    """Show the form for a new one."""
    return _new_page(context, request, name="", chosen=())


def make(context: ServicesPanel, request: Any) -> Response:
    """Add the service account."""
    name, roles = request.POST.get("name", ""), request.POST.getall("roles")
    try:
        made = make_service(context, name, roles)
    except REFUSALS as error:
        return _new_page(context, request, name=name, chosen=roles, refusal=error)
    return HTTPSeeOther(location=f"{resource_path(context, str(made.id))}?notice=service-made")


def show(context: ServiceScreen, request: Any) -> Response:
    """Show one service account with its roles and tokens."""
    account = context.account
    return _page(context, request, name=account.name, chosen=account.own_roles)


def save(context: ServiceScreen, request: Any) -> Response:
    """Give it the name and roles of the form."""
    name, roles = request.POST.get("name", ""), request.POST.getall("roles")
    try:
        change_service(context, {"name": name, "roles": roles}, check=partial(_same, request))
    except (*REFUSALS, Stale) as error:
        return _page(context, request, name=name, chosen=roles, refusal=error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=service-saved")


def _same(request: Any, version: str) -> None:
    """Raise Stale unless the form was drawn of this version."""
    if request.POST.get("version", "") != version:
        raise Stale("Somebody changed this account meanwhile. Look at it again, then save yours over it.")


def deactivate_form(context: ServiceScreen, request: Any) -> dict[str, Any]:
    """Say what follows, and ask."""
    tokens = request.find_service(Tokens).counts(context.account.id)
    return {"account": context.account, "tokens": tokens.live, "here": resource_path(context)}


def deactivate(context: ServiceScreen, request: Any) -> HTTPSeeOther:
    """Keep the service account out."""
    change_service(context, {"active": False})
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=service-out")


def activate(context: ServiceScreen, request: Any) -> HTTPSeeOther:
    """Let the service account in again."""
    change_service(context, {"active": True})
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=service-in")


def _page(
    context: ServiceScreen,
    request: Any,
    *,
    name: str,
    chosen: Collection[str],
    refusal: InsulaError | None = None,
) -> Response:
    account = context.account
    tokens = TokensPanel(request, context.__parent__.__parent__, "tokens")
    page = page_of(tokens, {}, Wanted(owner=str(account.id)), 50)
    values = {
        "account": account,
        "version": version_of(context),
        "tokens": [(each, resource_path(tokens, each.kid)) for each in page.tokens],
        "more_tokens": request.resource_path(tokens, query={"owner": str(account.id)})
        if page.after
        else None,
        "at": now(),
        "new_token": request.resource_path(tokens, "@@new", query={"owner": str(account.id)}),
        "may_make_token": account.active and may_make(tokens, account),
        "may_edit": request.may(EDIT, context),
        "may_manage": request.may(MANAGE, context),
        "through": sorted(account.roles - account.own_roles),
        "here": resource_path(context),
        "json": f"/api/services/{account.id}",
        **words_of(),
    }
    return _form_page(request, "service", values, name=name, chosen=chosen, refusal=refusal)


def _new_page(
    context: ServicesPanel,
    request: Any,
    *,
    name: str,
    chosen: Collection[str],
    refusal: InsulaError | None = None,
) -> Response:
    values = {"here": resource_path(context)}
    return _form_page(request, "new_service", values, name=name, chosen=chosen, refusal=refusal)


def _form_page(
    request: Any,
    template: str,
    values: dict[str, Any],
    *,
    name: str,
    chosen: Collection[str],
    refusal: InsulaError | None,
) -> Response:
    errors = {each.path: each.detail for each in refusal.errors} if refusal else {}
    titles = _titles(request)
    controls = {"name": "f-name", "roles": f"f-role-{next(iter(titles), '')}"}
    values |= {
        "name": name,
        "roles": [(role, title, role in chosen) for role, title in titles.items()],
        "titles": titles,
        "refusal": refusal,
        "errors": errors,
        "summary": [(controls.get(path, ""), detail) for path, detail in errors.items()]
        or ([("", refusal.detail or refusal.title)] if refusal else []),
    }
    response: Response = render_to_response(
        f"insula.tokens:templates/{template}.jinja2", values, request=request
    )
    response.status_int = refusal.status if refusal else 200
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _titles(request: Any) -> dict[str, str]:
    return {role.name: role.title for role in request.find_service(Roles).all()}
