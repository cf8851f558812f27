"""Leave for operators as JSON: list, read, give, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import json_object
from insula.events.interfaces import actor_of
from insula.handoff.shapes import as_json, hours_of
from insula.kit.errors import FieldError, Invalid
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.handoff.interfaces import GrantInfo
    from insula.handoff.resources import GrantItem, GrantsAPI

VIEW: Final = Action.VIEW.value
MANAGE: Final = Action.MANAGE.value


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    many, one = "insula.handoff.resources.GrantsAPI", "insula.handoff.resources.GrantItem"
    for view, context, method, name, permission in (
        ("listing", many, "GET", "", VIEW),
        ("open_to_any", many, "POST", "", MANAGE),
        ("show", one, "GET", "", VIEW),
        ("grant", one, "POST", "grant", MANAGE),
        ("revoke", one, "POST", "revoke", MANAGE),
    ):
        config.add_endpoint(
            f"insula.handoff.api.{view}", context=context, method=method, name=name, permission=permission
        )


def listing(context: GrantsAPI, request: Any) -> dict[str, Any]:
    """Return what was asked for and given lately."""
    grants = context.grants.all()
    names = actor_names(request.find_service(Accounts), (grant.granted_by for grant in grants))
    return {"data": [as_json(grant, names) for grant in grants]}


def open_to_any(context: GrantsAPI, request: Any) -> dict[str, Any]:
    """Let any operator in for so many hours."""
    given = json_object(request)
    hours = hours_of(given, others=("reason",))
    reason = given.get("reason")
    if not isinstance(reason, str):
        raise Invalid(errors=[FieldError("reason", "Say why, as text.")])
    made = context.grants.open(hours, reason, actor=actor_of(request))
    request.response.status_int = 201
    request.response.location = f"{request.path.rstrip('/')}/{made.id}"
    return _shown(request, made)


def show(context: GrantItem, request: Any) -> dict[str, Any]:
    """Return one."""
    return _shown(request, context.grant)


def grant(context: GrantItem, request: Any) -> dict[str, Any]:
    """Give the leave that was asked for."""
    hours = hours_of(json_object(request))
    return _shown(request, context.__parent__.grants.grant(context.grant.id, hours, actor=actor_of(request)))


def revoke(context: GrantItem, request: Any) -> dict[str, Any]:
    """Take leave back, or decline to give it."""
    return _shown(request, context.__parent__.grants.revoke(context.grant.id))


def _shown(request: Any, found: GrantInfo) -> dict[str, Any]:
    return as_json(found, actor_names(request.find_service(Accounts), [found.granted_by]))
