"""What the screens of `/account` share: an answer nobody keeps, and the current password as a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyramid.renderers import render_to_response

from insula.accounts.interfaces import Accounts, Links, WrongCredentials
from insula.kit.errors import NotFound, Refused, TooMany
from insula.kit.words import wait

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

    from insula.accounts.interfaces import AccountInfo, LinkInfo, Purpose
    from insula.security.interfaces import Identity

DIFFERENT: Final = "The two new passwords differ. Type the same one twice."


def page(
    request: Request, template: str, *, status: int = 200, retry_after: int | None = None, **values: Any
) -> Response:
    """Return a screen that no cache keeps."""
    response: Response = render_to_response(
        f"insula.members:templates/{template}.jinja2", values, request=request
    )
    response.status_int = status
    response.headers["Cache-Control"] = "private, no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def letter_page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a screen that the link of a letter leads to, whose address is a secret and is told to nobody."""
    response = page(request, template, status=status, **values)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def opened(request: Request, purpose: Purpose) -> tuple[LinkInfo | None, str]:
    """Return what the link of a letter leads to, and its secret; writes nothing."""
    # Asked by GET from the address and by POST from the form, which the page of the GET has filled.
    secret = (request.POST if request.method == "POST" else request.GET).get("link", "")[:200]
    return request.find_service(Links).open(purpose, secret), secret


def gone(request: Request) -> Response:
    """Say that a link is good for nothing, whatever the reason."""
    return letter_page(request, "gone", status=404)


def person(request: Request) -> Identity:
    """Return who is signed in, or refuse: a token that leaks must not be able to lock its owner out."""
    identity: Identity = request.identity
    if identity.session_id is None:
        raise Refused("Sign in with your password to do this. A token is not enough.")
    return identity


def own_account(request: Request) -> AccountInfo:
    """Return the account of whoever asks."""
    found: AccountInfo | None = request.find_service(Accounts).by_id(request.identity.account_id)
    if found is None:
        # Somebody from elsewhere, who is a guest here.
        raise NotFound
    return found


@dataclass(frozen=True)
class Unproven:
    """Why the current password was not taken."""

    detail: str
    status: int
    retry_after: int | None = None


def prove(request: Request, account: AccountInfo, current: str) -> Unproven | None:
    """Check the current password without a lock; guesses wait as they do at the sign-in page."""
    try:
        request.find_service(Accounts).verify(account.email or "", current, request.remote_addr or "")
    except WrongCredentials:
        return Unproven("This is not your current password. Type it again.", 422)
    except TooMany as error:
        seconds = error.retry_after or 1
        return Unproven(f"{error.detail} Try again in {wait(seconds)}.", error.status, seconds)
    return None


def may_administer(request: Request) -> bool:
    """Say whether the way to the administration is shown."""
    try:
        area = request.root["admin"]
    except KeyError:
        return False
    return bool(request.may("view", area))
