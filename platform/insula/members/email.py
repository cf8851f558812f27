"""Changing one's own e-mail address, which counts once a letter to it was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED

from insula.accounts.interfaces import Recovery
from insula.kit.errors import Invalid, NotFound, TooMany
from insula.kit.words import wait
from insula.members.pages import gone, letter_page, may_administer, opened, own_account, page, person, prove
from insula.members.resources import OWN, SIGN_IN, AccountArea

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response


def includeme(config: Configurator) -> None:
    """Register the screens."""
    own = {"context": AccountArea, "name": "email", "permission": "edit"}
    config.add_view(email_form, request_method=("GET", "HEAD"), **own)
    config.add_view(change_email, request_method="POST", rows="read", **own)
    letter = {"context": AccountArea, "name": "confirm", "permission": NO_PERMISSION_REQUIRED}
    config.add_view(confirm_form, request_method=("GET", "HEAD"), **letter)
    config.add_view(confirm, request_method="POST", **letter)


def email_form(context: AccountArea, request: Request) -> Response:
    """Show the form."""
    person(request)
    return _page(request, own_account(request).email or "", "", {})


def change_email(context: AccountArea, request: Request) -> Response:
    """Check the current password and send a letter to the new address; nothing else is told."""
    person(request)
    account, email = own_account(request), request.POST.get("email", "")
    present = account.email or ""
    unproven = prove(request, account, request.POST.get("current", ""))
    if unproven is not None:
        return _page(
            request,
            present,
            email,
            {"current": unproven.detail},
            status=unproven.status,
            retry_after=unproven.retry_after,
        )
    request.db.begin_writing()
    try:
        request.find_service(Recovery).request_email_change(account.id, email)
    except Invalid as error:
        return _page(request, present, email, {"email": error.errors[0].detail}, status=error.status)
    except TooMany as error:
        seconds = error.retry_after or 1
        told = {"email": f"{error.detail} Try again in {wait(seconds)}."}
        return _page(request, present, email, told, status=error.status, retry_after=seconds)
    return HTTPSeeOther(location=f"{OWN}?notice=email")


def confirm_form(context: AccountArea, request: Request) -> Response:
    """Show the button that confirms the address; asking for the page changes nothing."""
    link, secret = opened(request, "confirmation")
    if link is None:
        return gone(request)
    return letter_page(request, "confirm", link=secret, email=link.email)


def confirm(context: AccountArea, request: Request) -> Response:
    """Let the new address count."""
    link, secret = opened(request, "confirmation")
    if link is None:
        return gone(request)
    try:
        keep = request.identity.session_id if request.identity else None
        request.find_service(Recovery).confirm_email(secret, keep_sign_in=keep)
    except NotFound:
        return gone(request)
    return HTTPSeeOther(location=f"{SIGN_IN}?confirmed")


def _page(
    request: Request,
    present: str,
    email: str,
    errors: dict[str, str],
    *,
    status: int = 200,
    retry_after: int | None = None,
) -> Response:
    return page(
        request,
        "email",
        status=status,
        retry_after=retry_after,
        present=present,
        email=email[:254],
        errors=errors,
        may_administer=may_administer(request),
    )
