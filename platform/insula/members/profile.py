"""One's own account: who one is here, where one is signed in, and the password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.security import forget

from insula.accounts.interfaces import AccountInfo, Accounts, Passwords, SignIns, WrongCredentials
from insula.kit.clock import now
from insula.kit.errors import Invalid, NotFound, Refused, TooMany
from insula.members.resources import OWN, SIGN_IN, AccountArea
from insula.members.words import ago, device, wait

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

    from insula.security.interfaces import Identity

PROFILE = "insula.members:templates/profile.jinja2"
CHANGE = "insula.members:templates/password.jinja2"
NOTICES = {
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
        password_form,
        context=AccountArea,
        name="password",
        request_method=("GET", "HEAD"),
        permission="edit",
    )
    config.add_view(
        change_password,
        context=AccountArea,
        name="password",
        request_method="POST",
        permission="edit",
        rows="read",
    )


def profile(context: AccountArea, request: Request) -> dict[str, Any]:
    """Show who is signed in, as what, and from where."""
    at, identity = now(), request.identity
    accounts = request.find_service(Accounts)
    titles = {role.name: role.title for role in accounts.roles()}
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
        "account": accounts.by_id(identity.account_id),
        "roles": [titles.get(name, name) for name in sorted(identity.roles)],
        "sessions": sorted(sessions, key=lambda session: not session["here"]),
        "notice": NOTICES.get(request.GET.get("notice", "")),
        "may_administer": _may_administer(request),
    }


def end_session(context: AccountArea, request: Request) -> Response:
    """End one of one's own sessions; ending this one is signing out."""
    identity = _person(request)
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
    identity = _person(request)
    request.find_service(SignIns).end_all(identity.account_id, keep=identity.session_id)
    return HTTPSeeOther(location=f"{OWN}?notice=others")


def password_form(context: AccountArea, request: Request) -> Response:
    """Show the form."""
    _person(request)
    return _password_page(request, {})


def change_password(context: AccountArea, request: Request) -> Response:
    """Check the current password, set the new one and end all other sessions."""
    identity = _person(request)
    account = request.find_service(Accounts).by_id(identity.account_id)
    current, new = request.POST.get("current", ""), request.POST.get("password", "")
    errors = _wrong(request, account, new)
    if errors:
        return _password_page(request, errors, status=422)
    try:
        request.find_service(Accounts).verify(account.email or "", current, request.remote_addr or "")
    except WrongCredentials:
        return _password_page(
            request, {"current": "This is not your current password. Type it again."}, status=422
        )
    except TooMany as error:
        seconds = error.retry_after or 1
        response = _password_page(
            request, {"current": f"{error.detail} Try again in {wait(seconds)}."}, status=error.status
        )
        response.headers["Retry-After"] = str(seconds)
        return response
    hashed = request.find_service(Passwords).hash(new)
    request.db.begin_writing()
    request.find_service(Accounts).set_password(identity.account_id, hashed, keep_sign_in=identity.session_id)
    return HTTPSeeOther(location=f"{OWN}?notice=password")


def _wrong(request: Request, account: AccountInfo, new: str) -> dict[str, str]:
    try:
        request.find_service(Passwords).check_new(new, email=account.email)
    except Invalid as error:
        return {found.path: found.detail for found in error.errors}
    if new != request.POST.get("again", ""):
        return {"again": "The two new passwords differ. Type the same one twice."}
    return {}


def _person(request: Request) -> Identity:
    # A token that leaks must not be able to lock its owner out.
    identity: Identity = request.identity
    if identity.session_id is None:
        raise Refused("Sign in with your password to do this. A token is not enough.")
    return identity


def _may_administer(request: Request) -> bool:
    try:
        area = request.root["admin"]
    except KeyError:
        return False
    return bool(request.may("view", area))


def _password_page(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    values = {"errors": errors, "may_administer": _may_administer(request)}
    response: Response = render_to_response(CHANGE, values, request=request)
    response.status_int = status
    return response
