"""Where the letter of an invitation leads: a name, a password, and there is an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED

from insula.accounts.interfaces import Invitations, Passwords
from insula.kit.errors import Conflict, Invalid, NotFound
from insula.members.pages import gone, letter_page, opened
from insula.members.password import wrong_password
from insula.members.resources import SIGN_IN, AccountArea

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response


def includeme(config: Configurator) -> None:
    """Register the screen, which is open to everybody."""
    options = {"context": AccountArea, "name": "invitation", "permission": NO_PERMISSION_REQUIRED}
    config.add_view(invitation_form, request_method=("GET", "HEAD"), **options)
    config.add_view(accept, request_method="POST", rows="read", **options)


def invitation_form(context: AccountArea, request: Request) -> Response:
    """Show the form for name and password; asking for the page changes nothing."""
    link, secret = opened(request, "invitation")
    if link is None:
        return gone(request)
    return letter_page(
        request, "invitation", link=secret, email=link.email, name=link.payload["name"], errors={}
    )


def accept(context: AccountArea, request: Request) -> Response:
    """Make the account of the invitation."""
    link, secret = opened(request, "invitation")
    if link is None:
        return gone(request)
    name, new = request.POST.get("name", ""), request.POST.get("password", "")
    errors = wrong_password(request, new, request.POST.get("again", ""), email=link.email)
    status = 422
    if not errors:
        hashed = request.find_service(Passwords).hash(new)
        request.db.begin_writing()
        try:
            request.find_service(Invitations).accept(secret, name, hashed)
        except NotFound:
            return gone(request)
        except (Invalid, Conflict) as error:
            errors = {each.path: each.detail for each in error.errors}
            status = error.status
    if errors:
        return letter_page(
            request,
            "invitation",
            status=status,
            link=secret,
            email=link.email,
            name=name[:200],
            errors=errors,
        )
    return HTTPSeeOther(location=f"{SIGN_IN}?joined")
