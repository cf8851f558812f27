"""`/api/people`: the accounts, how each stands, and its sessions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import Field, StrictBool, StrictStr
from pyramid.httpexceptions import HTTPNotModified

from insula.accounts.interfaces import Accounts, Recovery, SignIns
from insula.api.interfaces import check_if_match, etag_of, limit_of, listing, not_modified, query_parameters
from insula.kit.errors import NotFound
from insula.people.acts import change_person
from insula.people.api.sent import Sent, patch
from insula.people.lists import PARAMETERS, page_of, wanted_of
from insula.people.resources import PeopleAPI, PersonItem, SessionItem, SessionsAPI
from insula.people.shapes import person_shape, person_version, session_shape
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.accounts.interfaces import AccountInfo

VIEW, EDIT, MANAGE = Action.VIEW.value, Action.EDIT.value, Action.MANAGE.value
LIMIT, MOST = 50, 200


class PersonPatch(Sent):
    """What can be changed of an account."""

    name: StrictStr = ""
    roles: list[StrictStr] = Field(default=[], max_length=200)
    groups: list[UUID] = Field(default=[], max_length=1000)
    active: StrictBool = True


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, context, method, name, permission in (
        (index, PeopleAPI, "GET", "", VIEW),
        (show, PersonItem, "GET", "", VIEW),
        (change, PersonItem, "PATCH", "", EDIT),
        (send_reset, PersonItem, "POST", "send-reset", MANAGE),
        (sessions, SessionsAPI, "GET", "", VIEW),
        (end_sessions, SessionsAPI, "DELETE", "", MANAGE),
        (end_session, SessionItem, "DELETE", "", MANAGE),
    ):
        config.add_endpoint(view, context=context, method=method, name=name, permission=permission)


def index(context: PeopleAPI, request: Any) -> Any:
    """Return one page of the accounts that this caller may view, by name."""
    given = query_parameters(request, PARAMETERS)
    wanted = wanted_of(request, given)
    listed = page_of(context, given, wanted, limit_of(given, default=LIMIT, most=MOST))
    rows = [person_shape(account, listed.seen.get(account.id)) for account in listed.accounts]
    return listing(request, rows, listed.after)


def show(context: PersonItem, request: Any) -> Any:
    """Return one account, with an ETag of what can be changed of it."""
    etag_of(request, person_version(context.account))
    if not_modified(request):
        return HTTPNotModified(etag=request.response.etag)
    return _shape(request, context.account)


def change(context: PersonItem, request: Any) -> Any:
    """Apply a merge patch of name, roles, groups and active to the version that `If-Match` names."""
    changes = patch(request, PersonPatch, person_shape(context.account))
    after = change_person(context, changes, check=partial(check_if_match, request))
    etag_of(request, person_version(after))
    return _shape(request, after)


def send_reset(context: PersonItem, request: Any) -> Any:
    """Send a person a letter with a link that sets a new password."""
    request.find_service(Recovery).send_reset(context.account.id)
    request.response.status_int = 202
    return {"sent": True}


def sessions(context: SessionsAPI, request: Any) -> Any:
    """Return the signed-in sessions of an account, the latest seen first."""
    found = request.find_service(SignIns).of_account(context.__parent__.account.id)
    return listing(request, [session_shape(each) for each in found])


def end_sessions(context: SessionsAPI, request: Any) -> Any:
    """End every session of an account but the one that asks."""
    keep = request.identity.session_id
    ended = request.find_service(SignIns).end_all(context.__parent__.account.id, keep=keep)
    return {"ended": ended}


def end_session(context: SessionItem, request: Any) -> Any:
    """End one session of an account."""
    account = context.__parent__.__parent__.account
    if not request.find_service(SignIns).end(account.id, context.session_id):
        raise NotFound
    return {"ended": 1}


def _shape(request: Any, account: AccountInfo) -> dict[str, Any]:
    seen = request.find_service(Accounts).last_seen([account.id])
    return person_shape(account, seen.get(account.id))
