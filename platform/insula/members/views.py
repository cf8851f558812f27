"""Signing in and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember

from insula.accounts.interfaces import Accounts, SignIns, WrongCredentials
from insula.kit.errors import InsulaError, TooMany, Unavailable
from insula.kit.words import wait
from insula.members.resources import OWN, SIGN_IN, AccountArea
from insula.security.interfaces import SignInRequired, safe_next

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATE = "insula.members:templates/sign_in.jinja2"
NOTICES = {
    "left": "You are signed out.",
    "set": "Your new password is set. Sign in with it.",
    "joined": "Your account is made. Sign in with your password.",
    "confirmed": "Your e-mail address is confirmed. From now on you sign in with it.",
}
WRONG = "This e-mail and password do not belong together. Check both and try again."


def includeme(config: Configurator) -> None:
    """Register the screens, and the sign-in page as the answer wherever a visitor has to sign in first."""
    config.add_view(
        sign_in_form,
        context=AccountArea,
        name="sign-in",
        request_method=("GET", "HEAD"),
        permission=NO_PERMISSION_REQUIRED,
    )
    config.add_view(
        sign_in,
        context=AccountArea,
        name="sign-in",
        request_method="POST",
        permission=NO_PERMISSION_REQUIRED,
        rows="read",
    )
    # Whoever is signed in may always leave, whatever the policy has come to say.
    config.add_view(
        sign_out,
        context=AccountArea,
        name="sign-out",
        request_method="POST",
        permission=NO_PERMISSION_REQUIRED,
    )
    config.add_exception_view(sign_in_first, context=SignInRequired, door="html")


def sign_in_form(context: AccountArea, request: Request) -> Response:
    """Show the form, or go on for somebody who is signed in already."""
    following = safe_next(request.GET.get("next"), OWN)
    if request.identity is not None:
        # Whoever confirmed an address while signed in is told at home.
        told = "?notice=confirmed" if "confirmed" in request.GET and following == OWN else ""
        return HTTPSeeOther(location=f"{following}{told}")
    notice = next((text for name, text in NOTICES.items() if name in request.GET), "")
    return _page(request, following, notice=notice)


def sign_in(context: AccountArea, request: Request) -> Response:
    """Check the password without holding a lock, then begin a session and set its cookie."""
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    following = safe_next(request.POST.get("next"), OWN)
    try:
        account = request.find_service(Accounts).verify(email, password, request.remote_addr or "")
    except WrongCredentials as error:
        return _page(request, following, status=error.status, email=email, problem=WRONG)
    except (TooMany, Unavailable) as error:
        return _later(request, following, email, error)
    request.db.begin_writing()
    _info, secret = request.find_service(SignIns).start(
        account.id,
        address=request.remote_addr or "",
        user_agent=request.user_agent or "",
        replacing=request.identity.session_id if request.identity is not None else None,
    )
    return HTTPSeeOther(location=following, headers=remember(request, str(account.id), secret=secret))


def sign_out(context: AccountArea, request: Request) -> Response:
    """End this session and drop its cookie."""
    identity = request.identity
    if identity.session_id is not None:
        request.find_service(SignIns).end(identity.account_id, identity.session_id, leaving=True)
    return HTTPSeeOther(location=f"{SIGN_IN}?left", headers=forget(request))


def sign_in_first(error: SignInRequired, request: Request) -> Response:
    """Show the sign-in page where a visitor asks for what only members may see, and lead back there."""
    # What a form had sent is lost by signing in, so only a reader is led back.
    asked = request.path_qs if request.method in ("GET", "HEAD") else None
    return _page(request, safe_next(asked, OWN), status=error.status)


def _later(request: Request, following: str, email: str, error: InsulaError) -> Response:
    seconds = error.retry_after or 1
    problem = f"{error.detail} Try again in {wait(seconds)}." if isinstance(error, TooMany) else error.detail
    response = _page(request, following, status=error.status, email=email, problem=problem)
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(
    request: Request,
    following: str,
    *,
    status: int = 200,
    email: str = "",
    problem: str = "",
    notice: str = "",
) -> Response:
    values: dict[str, Any] = {
        "action": SIGN_IN,
        "next": following,
        "email": email[:254],
        "problem": problem,
        "notice": notice,
    }
    response: Response = render_to_response(TEMPLATE, values, request=request)
    response.status_int = status
    response.headers["Cache-Control"] = "private, no-store"
    return response
