"""`/api/people`: the accounts, how each stands, and its sessions."""

from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Ge, Le
from pydantic import Field, StrictBool, StrictStr
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.accounts.interfaces import AccountInfo, Accounts, Recovery, SignIns
from insula.api.interfaces import (
    JSON,
    MERGE_PATCH,
    Answer,
    Body,
    IfMatch,
    ListQuery,
    Page,
    Query,
    Service,
    etag_of,
    listing,
)
from insula.kit.errors import NotFound
from insula.people.acts import change_person
from insula.people.api.sent import Sent, patch
from insula.people.lists import page_of, wanted_of
from insula.people.resources import PeopleAPI, PersonItem, SessionItem, SessionsAPI
from insula.people.shapes import PersonShape, SessionShape, person_shape, person_version, session_shape
from insula.security.permissions import Action

VIEW, EDIT, MANAGE = Action.VIEW.value, Action.EDIT.value, Action.MANAGE.value


class PersonPatch(Sent):
    """What can be changed of an account."""

    name: StrictStr = ""
    roles: list[StrictStr] = Field(default=[], max_length=200)
    groups: list[UUID] = Field(default=[], max_length=1000)
    active: StrictBool = True


class PeopleQuery(ListQuery):
    """Which accounts a list shows."""

    find: str = Field(default="", max_length=200, description="A part of the name or the address.")
    role: str = Field(default="", description="Those who have this role.")
    state: Literal["", "active", "inactive"] = ""
    kind: Literal["", "person", "service", "operator"] = ""


class Sending(TypedDict):
    """That a letter is under way."""

    sent: Literal[True]


class Ended(TypedDict):
    """How many sessions were ended."""

    ended: int


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


def index(
    context: PeopleAPI,
    request: Any,
    query: Annotated[PeopleQuery, Query()],
    limit: Annotated[int, Ge(1), Le(200)] = 50,
) -> Page[PersonShape]:
    """Return one page of the accounts that this caller may view, by name."""
    given = query.given()
    listed = page_of(context, given, wanted_of(request, given), limit)
    rows = [person_shape(account, listed.seen.get(account.id)) for account in listed.accounts]
    return listing(request, rows, listed.after)


def show(context: PersonItem, request: Any) -> PersonShape:
    """Return one account, with an ETag of what can be changed of it."""
    etag_of(request, person_version(context.account))
    return _shape(request, context.account)


def change(
    context: PersonItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(JSON, MERGE_PATCH, schema=PersonPatch)],
    if_match: IfMatch,
) -> PersonShape:
    """Apply a merge patch of name, roles, groups and active to the version that `If-Match` names."""
    changes = patch(body, PersonPatch, person_shape(context.account))
    after = change_person(context, changes, check=if_match.check)
    etag_of(request, person_version(after))
    return _shape(request, after)


def send_reset(context: PersonItem, recovery: Recovery = Service) -> Annotated[Sending, Answer(202)]:
    """Send a person a letter with a link that sets a new password."""
    recovery.send_reset(context.account.id)
    return {"sent": True}


def sessions(context: SessionsAPI, request: Any, sign_ins: SignIns = Service) -> Page[SessionShape]:
    """Return the signed-in sessions of an account, the latest seen first."""
    found = sign_ins.of_account(context.__parent__.account.id)
    return listing(request, [session_shape(each) for each in found])


def end_sessions(context: SessionsAPI, request: Any, sign_ins: SignIns = Service) -> Ended:
    """End every session of an account but the one that asks."""
    keep = request.identity.session_id
    return {"ended": sign_ins.end_all(context.__parent__.account.id, keep=keep)}


def end_session(context: SessionItem, sign_ins: SignIns = Service) -> Ended:
    """End one session of an account."""
    account = context.__parent__.__parent__.account
    if not sign_ins.end(account.id, context.session_id):
        raise NotFound
    return {"ended": 1}


def _shape(request: Any, account: AccountInfo) -> PersonShape:
    seen = request.find_service(Accounts).last_seen([account.id])
    return person_shape(account, seen.get(account.id))
