"""Leave for operators as JSON: list, read, give, take back."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr
from pyramid.config import Configurator

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import Answer, Page, Service, listing
from insula.events.interfaces import actor_of
from insula.handoff.interfaces import GrantInfo
from insula.handoff.resources import GrantItem, GrantsAPI
from insula.handoff.shapes import GrantShape, as_json
from insula.security.permissions import Action

VIEW: Final = Action.VIEW.value
MANAGE: Final = Action.MANAGE.value


class Hours(BaseModel):
    """For how long leave is given."""

    model_config = ConfigDict(extra="forbid")

    hours: StrictInt


class Opening(Hours):
    """Leave for any operator, and why."""

    reason: StrictStr


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    many, one = "insula.handoff.resources.GrantsAPI", "insula.handoff.resources.GrantItem"
    for view, context, method, name, permission in (
        ("index", many, "GET", "", VIEW),
        ("open_to_any", many, "POST", "", MANAGE),
        ("show", one, "GET", "", VIEW),
        ("grant", one, "POST", "grant", MANAGE),
        ("revoke", one, "POST", "revoke", MANAGE),
    ):
        config.add_endpoint(
            f"insula.handoff.api.{view}", context=context, method=method, name=name, permission=permission
        )


def index(context: GrantsAPI, request: Any, accounts: Accounts = Service) -> Page[GrantShape]:
    """Return what was asked for and given lately."""
    grants = context.grants.all()
    names = actor_names(accounts, (grant.granted_by for grant in grants))
    return listing(request, [as_json(grant, names) for grant in grants])


def open_to_any(context: GrantsAPI, request: Any, body: Opening) -> Annotated[GrantShape, Answer(201)]:
    """Let any operator in for so many hours."""
    made = context.grants.open(body.hours, body.reason, actor=actor_of(request))
    request.response.location = f"{request.path.rstrip('/')}/{made.id}"
    return _shown(request, made)


def show(context: GrantItem, request: Any) -> GrantShape:
    """Return one."""
    return _shown(request, context.grant)


def grant(context: GrantItem, request: Any, body: Hours) -> GrantShape:
    """Give the leave that was asked for."""
    return _shown(
        request, context.__parent__.grants.grant(context.grant.id, body.hours, actor=actor_of(request))
    )


def revoke(context: GrantItem, request: Any) -> GrantShape:
    """Take leave back, or decline to give it."""
    return _shown(request, context.__parent__.grants.revoke(context.grant.id))


def _shown(request: Any, found: GrantInfo) -> GrantShape:
    return as_json(found, actor_names(request.find_service(Accounts), [found.granted_by]))
