"""One's own account: who one is here, and where one is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import forget

from insula.accounts.interfaces import Accounts, Roles, SignIns
from insula.kit.clock import now
from insula.kit.errors import Invalid, NotFound
from insula.kit.words import ago, device
from insula.members.pages import may_administer, own_account, page, person
from insula.members.resources import OWN, SIGN_IN, AccountArea

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

PROFILE = "insula.members:templates/profile.jinja2"
NOTICES = {
    "name": "Your name is changed.",
    "email": "A letter is on its way to the new address. It counts once you have opened the link in it.",
    "confirmed": "Your new e-mail address is confirmed. You sign in with it from now on.",
    "password": "Your password is changed. All your other sessions have ended.",
    "ended": "The session has ended.",
    "others": "All your other sessions have ended.",
}


def includeme(config: Configurator) -> None:
    """Register the screens of a signed-in person."""
    config.add_view(
        profile, context=AccountArea, request_method=("GET", "HEAD"), permission="view", renderer=PROFILE
    )
    config.add_view(
        end_session, context=AccountArea, name="end-session", request_method="POST", permission="edit"
    )
    config.add_view(
        end_others, context=AccountArea, name="end-other-sessions", request_method="POST", permission="edit"
    )
    config.add_view(
        name_form, context=AccountArea, name="name", request_method=("GET", "HEAD"), permission="edit"
    )
    config.add_view(change_name, context=AccountArea, name="name", request_method="POST", permission="edit")


def profile(context: AccountArea, request: Request) -> dict[str, Any]:
    """Show who is signed in, as what, and from where."""
    at, identity = now(), request.identity
    titles = {role.name: role.title for role in request.find_service(Roles).all()}
    sessions = [
        {
            "id": session.id,
            "here": session.id == identity.session_id,
            "device": device(session.user_agent),
            "address": session.address,
            "since": session.created_at,
            "since_ago": ago(session.created_at, at),
            "seen": session.last_seen_at,
            "seen_ago": ago(session.last_seen_at, at),
        }
        for session in request.find_service(SignIns).of_account(identity.account_id)
    ]
    return {
        "account": own_account(request),
        "roles": [titles.get(name, name) for name in sorted(identity.roles)],
        "sessions": sorted(sessions, key=lambda session: not session["here"]),
        "notice": NOTICES.get(request.GET.get("notice", "")),
        "may_administer": may_administer(request),
    }


def end_session(context: AccountArea, request: Request) -> Response:
    """End one of one's own sessions; ending this one is signing out."""
    identity = person(request)
    try:
        session_id = UUID(request.POST.get("id", ""))
    except ValueError:
        raise NotFound from None
    leaving = session_id == identity.session_id
    if not request.find_service(SignIns).end(identity.account_id, session_id, leaving=leaving):
        raise NotFound
    if leaving:
        return HTTPSeeOther(location=f"{SIGN_IN}?left", headers=forget(request))
    return HTTPSeeOther(location=f"{OWN}?notice=ended")


def end_others(context: AccountArea, request: Request) -> Response:
    """End every session of one's own but this one."""
    identity = person(request)
    request.find_service(SignIns).end_all(identity.account_id, keep=identity.session_id)
    return HTTPSeeOther(location=f"{OWN}?notice=others")


def name_form(context: AccountArea, request: Request) -> Response:
    """Show the form."""
    person(request)
    return _name_page(request, own_account(request).name, "")


def change_name(context: AccountArea, request: Request) -> Response:
    """Be called otherwise."""
    identity, name = person(request), request.POST.get("name", "")
    try:
        request.find_service(Accounts).set_name(identity.account_id, name)
    except Invalid as error:
        return _name_page(request, name, error.errors[0].detail, status=error.status)
    return HTTPSeeOther(location=f"{OWN}?notice=name")


def _name_page(request: Request, name: str, problem: str, *, status: int = 200) -> Response:
    return page(
        request,
        "name",
        status=status,
        name=name[:400],
        problem=problem,
        may_administer=may_administer(request),
    )
