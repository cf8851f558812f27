"""The screens of decisions: the list with its filter, and one with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.traversal import resource_path

from insula.api.interfaces import limit_of
from insula.policies.cursors import MAX_LIMIT, after_of, filter_of, seal
from insula.policies.places import sees_of
from insula.policies.resources import DecisionScreen, DecisionsPanel
from insula.security.interfaces import Decisions, Explain
from insula.security.permissions import ACTIONS, Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEW = Action.VIEW.value
READ = ("GET", "HEAD")


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, context, template in (
        (listing, DecisionsPanel, "decisions"),
        (show, DecisionScreen, "decision"),
    ):
        config.add_view(
            view,
            context=context,
            permission=VIEW,
            request_method=READ,
            renderer=f"insula.policies:templates/{template}.jinja2",
        )


def listing(context: DecisionsPanel, request: Any) -> dict[str, Any]:
    """List recorded decisions, newest first."""
    given = request.GET
    wanted = filter_of(given)
    page = request.find_service(Decisions).page(
        limit=limit_of(given, default=50, most=MAX_LIMIT),
        after=after_of(request, given, wanted),
        action=wanted.action or None,
        allowed=wanted.allowed,
    )
    after = seal(request, page.after, wanted)
    query = {name: value for name, value in (("action", wanted.action), ("answer", wanted.answer)) if value}
    return {
        "rows": [(each, resource_path(context, each.id)) for each in page.decisions],
        "sees": sees_of(request),
        "wanted": wanted,
        "actions": [("", "any"), *((action, action) for action in ACTIONS)],
        "older": request.resource_path(context, query={**query, "after": after}) if after else None,
        "newest": request.resource_path(context, query=query) if "after" in given else None,
        "here": resource_path(context.__parent__),
        "list": resource_path(context),
        "tab": "decisions",
        "may_try": True,
    }


def show(context: DecisionScreen, request: Any) -> dict[str, Any]:
    """Show one decision: the answer, the rules that determined it, and what they read."""
    sees = sees_of(request)
    return {
        "found": request.find_service(Explain).recorded(context.__name__, sees=sees),
        "here": resource_path(context.__parent__.__parent__),
        "tab": "decisions",
        "may_try": True,
    }
