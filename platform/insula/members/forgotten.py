"""A forgotten password: asking for a letter, and setting a new one where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED

from insula.accounts.interfaces import Passwords, Recovery
from insula.kit.errors import Invalid, NotFound, TooMany
from insula.kit.words import wait
from insula.members.pages import gone, letter_page, opened, page
from insula.members.password import wrong_password
from insula.members.resources import SIGN_IN, AccountArea

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response


def includeme(config: Configurator) -> None:
    """Register the screens, which are open to everybody."""
    for name, form, act, rows in (
        ("forgot", forgot_form, forgot, None),
        ("reset", reset_form, reset, "read"),
    ):
        options = {"context": AccountArea, "name": name, "permission": NO_PERMISSION_REQUIRED}
        config.add_view(form, request_method=("GET", "HEAD"), **options)
        config.add_view(act, request_method="POST", rows=rows, **options)


def forgot_form(context: AccountArea, request: Request) -> Response:
    """Show the form."""
    return page(request, "forgot", email="", problem="", sent=False)


def forgot(context: AccountArea, request: Request) -> Response:
    """Note that somebody wants a letter; the answer is the same whoever there is."""
    email = request.POST.get("email", "")
    try:
        request.find_service(Recovery).ask_reset(email, request.remote_addr or "")
    except (Invalid, TooMany) as error:
        problem = error.errors[0].detail if error.errors else error.detail
        if error.retry_after:
            problem = f"{problem} Try again in {wait(error.retry_after)}."
        return page(
            request,
            "forgot",
            status=error.status,
            retry_after=error.retry_after,
            email=email[:254],
            problem=problem,
            sent=False,
        )
    return page(request, "forgot", email="", problem="", sent=True)


def reset_form(context: AccountArea, request: Request) -> Response:
    """Show the form for a new password; asking for the page changes nothing."""
    link, secret = opened(request, "reset")
    if link is None:
        return gone(request)
    return letter_page(request, "reset", link=secret, email=link.email, errors={})


def reset(context: AccountArea, request: Request) -> Response:
    """Set the new password and end all sessions of the account."""
    link, secret = opened(request, "reset")
    if link is None:
        return gone(request)
    new = request.POST.get("password", "")
    errors = wrong_password(request, new, request.POST.get("again", ""), email=link.email)
    if errors:
        return letter_page(request, "reset", status=422, link=secret, email=link.email, errors=errors)
    hashed = request.find_service(Passwords).hash(new)
    request.db.begin_writing()
    try:
        request.find_service(Recovery).reset(secret, hashed)
    except NotFound:
        return gone(request)
    return HTTPSeeOther(location=f"{SIGN_IN}?set")
