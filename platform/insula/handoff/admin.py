"""The screen of operators: who asks, who has leave, and giving it or taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Accounts, actor_names
from insula.admin.interfaces import Attention, Summary
from insula.events.interfaces import actor_of
from insula.features.interfaces import Sections
from insula.handoff.grants import BY_SETTING
from insula.handoff.interfaces import MAX_HOURS, SECTION, Grants
from insula.handoff.resources import GrantScreen, GrantsPanel
from insula.kit.errors import Invalid
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

VIEW: Final = Action.VIEW.value
MANAGE: Final = Action.MANAGE.value
TEMPLATE: Final = "insula.handoff:templates/grants.jinja2"
USUAL_HOURS: Final = 4
ENDED: Final = 20
_OPEN: Final = frozenset({"asked", "granted"})


def includeme(config: Configurator) -> None:
    """Register the screens and the sentences shown after a form."""
    config.add_view(show, context=GrantsPanel, request_method=("GET", "HEAD"), permission=VIEW)
    for view, context, name in (
        (open_to_any, GrantsPanel, "open"),
        (grant, GrantScreen, "grant"),
        (revoke, GrantScreen, "revoke"),
    ):
        config.add_view(view, context=context, name=name, request_method="POST", permission=MANAGE)
    config.add_admin_notice("operator-granted", "The operator may enter from now on.")
    config.add_admin_notice("operators-granted", "Operators may enter from now on.")
    config.add_admin_notice("operator-revoked", "The leave is taken back. Whoever was here by it is out.")


def summary(request: Any, panel: GrantsPanel) -> Summary:
    """Say on the home page whether operators may enter, and who asks."""
    grants = request.find_service(Grants).all()
    access = request.find_service(Sections).settings(SECTION).access
    waiting = tuple(
        Attention(
            f"{grant.operator} asks to enter",
            f"An operator of the installation. Reason: {grant.reason}",
            resource_path(panel),
            "Answer",
        )
        for grant in grants
        if grant.state == "asked"
    )
    inside = sum(grant.inside for grant in grants)
    detail = f"{inside} inside now" if inside else "nobody inside"
    return Summary(access.capitalize(), detail, waiting)


def show(context: GrantsPanel, request: Any) -> Response:
    """List requests and leave."""
    return _page(context, request)


def open_to_any(context: GrantsPanel, request: Any) -> Response:
    """Let any operator in."""
    try:
        context.grants.open(_hours(request), request.POST.get("reason", ""), actor=actor_of(request))
    except Invalid as error:
        return _page(context, request, error=error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=operators-granted")


def grant(context: GrantScreen, request: Any) -> Response:
    """Give the leave that was asked for."""
    panel = context.__parent__
    try:
        panel.grants.grant(context.grant.id, _hours(request), actor=actor_of(request))
    except Invalid as error:
        return _page(panel, request, error=error)
    return HTTPSeeOther(location=f"{resource_path(panel)}?notice=operator-granted")


def revoke(context: GrantScreen, request: Any) -> Response:
    """Take leave back, or decline."""
    panel = context.__parent__
    panel.grants.revoke(context.grant.id)
    return HTTPSeeOther(location=f"{resource_path(panel)}?notice=operator-revoked")


def _page(panel: GrantsPanel, request: Any, *, error: Invalid | None = None) -> Response:
    grants = panel.grants.all()
    names = actor_names(request.find_service(Accounts), (grant.granted_by for grant in grants))
    values = {
        "here": resource_path(panel),
        "access": request.find_service(Sections).settings(SECTION).access,
        "asked": [grant for grant in grants if grant.state == "asked"],
        "granted": [grant for grant in grants if grant.state == "granted"],
        "ended": [grant for grant in grants if grant.state not in _OPEN][:ENDED],
        "names": {**names, BY_SETTING: "the setting", "command line": "the command line"},
        "may_manage": request.may(MANAGE, panel),
        "most": MAX_HOURS,
        "usual": USUAL_HOURS,
        "typed": request.POST,
        "errors": {found.path: found.detail for found in error.errors} if error else {},
        "error_lines": [(f"f-{found.path}", found.detail) for found in error.errors] if error else [],
    }
    response: Response = render_to_response(TEMPLATE, values, request=request)
    if error:
        response.status_int = error.status
    return response


def _hours(request: Any) -> int:
    text: str = request.POST.get("hours", "")
    # What is no number is as wrong as one that is out of range, and told in the same words.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
