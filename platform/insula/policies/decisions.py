"""The screens of decisions: the list with its filter, one with its reasons, and erasing what is about somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.api.interfaces import limit_of
from insula.kit.errors import FieldError, Invalid
from insula.policies.cursors import FIELDS, MAX_LIMIT, after_of, filter_of, seal
from insula.policies.frames import READ, VIEW, frame, posted
from insula.policies.places import names_of, sees_of
from insula.policies.resources import DecisionScreen, DecisionsPanel
from insula.security.interfaces import VISITORS, Decisions, Explain, RecordedDecision
from insula.security.permissions import ACTIONS, Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

DELETE = Action.DELETE.value


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
    config.add_view(
        forget, context=DecisionsPanel, name="forget", permission=DELETE, request_method="POST", rows="read"
    )


def listing(context: DecisionsPanel, request: Any) -> dict[str, Any]:
    """List recorded decisions, newest first."""
    given = request.GET
    wanted = filter_of(request, given)
    sees = names_of(request, context)
    page = request.find_service(Decisions).page(
        limit=limit_of(given, default=50, most=MAX_LIMIT),
        after=after_of(request, given, wanted),
        wanted=wanted.wanted,
        sees=sees,
    )
    after = seal(request, page.after, wanted)
    return {
        "rows": [(each, resource_path(context, each.id)) for each in page.decisions],
        "sees": sees,
        "wanted": {**dict.fromkeys(FIELDS, ""), **wanted.given},
        "filtered": bool(wanted.given),
        "account": wanted.wanted.account if wanted.wanted.account != VISITORS else "",
        "may_forget": request.may(DELETE, context),
        "actions": [("", "any"), *((action, action) for action in ACTIONS)],
        "older": request.resource_path(context, query={**wanted.given, "after": after}) if after else None,
        "newest": request.resource_path(context, query=wanted.given) if "after" in given else None,
        "list": resource_path(context),
        **frame(context, request, "decisions"),
    }


def show(context: DecisionScreen, request: Any) -> dict[str, Any]:
    """Show one decision: the answer, the rules that determined it, and what they read."""
    names = names_of(request, context)
    found = request.find_service(Explain).recorded(context.__name__, sees=sees_of(request), names=names)
    return {
        "found": found,
        "keep": urlencode(_as_test(context.decision)) if found.resource else "",
        **frame(context, request, "decisions"),
    }


def forget(context: DecisionsPanel, request: Any) -> HTTPSeeOther:
    """Erase what was recorded about one account."""
    account = forgettable(posted(request, "account"))
    done = request.find_service(Decisions).forget(account)
    notice = "decisions-forgotten-in-part" if done.more else "decisions-forgotten"
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def forgettable(account: str) -> str:
    """Return the id of an account whose decisions can be erased; it need not exist any more."""
    try:
        return str(UUID(account))
    except ValueError:
        error = FieldError("account", "Name one account by its id.")
        raise Invalid("Nothing was erased.", errors=[error]) from None


def _as_test(found: RecordedDecision) -> dict[str, str]:
    """Return the fields of a test case that asks the same and expects the same."""
    resource, context = found.lineage[0], found.context
    elevated = bool(context.get("elevated"))
    fields = {
        "who": "" if found.account_id else VISITORS,
        "account": found.account_id or "",
        "action": found.action,
        "on": f'{resource.type}::"{resource.id}"',
        "ip": str(context.get("ip", "")),
        "scheme": "administration token" if elevated else str(context.get("scheme", "")),
        "mfa": "on" if context.get("mfa") else "",
        "expected": "allow" if found.allowed else "deny",
    }
    return {name: value for name, value in fields.items() if value and value != "none"}
