"""Changing one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import remember

from insula.accounts.interfaces import Accounts, Passwords, SignIns
from insula.kit.errors import Invalid
from insula.members.pages import DIFFERENT, may_administer, own_account, page, person, prove
from insula.members.resources import OWN, AccountArea

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

    from insula.accounts.interfaces import AccountInfo


def includeme(config: Configurator) -> None:
    """Register the screen."""
    options = {"context": AccountArea, "name": "password", "permission": "edit"}
    config.add_view(password_form, request_method=("GET", "HEAD"), **options)
    config.add_view(change_password, request_method="POST", rows="read", **options)


def password_form(context: AccountArea, request: Request) -> Response:
    """Show the form."""
    person(request)
    return _page(request, own_account(request), {})


def change_password(context: AccountArea, request: Request) -> Response:
    """Check the current password, set the new one and end all other sessions."""
    identity, account = person(request), own_account(request)
    new = request.POST.get("password", "")
    errors = wrong_password(request, new, request.POST.get("again", ""), email=account.email)
    if errors:
        return _page(request, account, errors, status=422)
    unproven = prove(request, account, request.POST.get("current", ""))
    if unproven is not None:
        told = {"current": unproven.detail}
        return _page(request, account, told, status=unproven.status, retry_after=unproven.retry_after)
    hashed = request.find_service(Passwords).hash(new)
    request.db.begin_writing()
    request.find_service(Accounts).set_password(account.id, hashed, keep_sign_in=identity.session_id)
    secret = request.find_service(SignIns).rotate(identity.session_id)
    headers = remember(request, str(account.id), secret=secret)
    return HTTPSeeOther(location=f"{OWN}?notice=password", headers=headers)


def wrong_password(request: Request, new: str, again: str, *, email: str | None) -> dict[str, str]:
    """Return what is wrong with a password typed twice, by field."""
    try:
        request.find_service(Passwords).check_new(new, email=email)
    except Invalid as error:
        return {"password": error.errors[0].detail}
    return {} if new == again else {"again": DIFFERENT}


def _page(
    request: Request,
    account: AccountInfo,
    errors: dict[str, str],
    *,
    status: int = 200,
    retry_after: int | None = None,
) -> Response:
    return page(
        request,
        "password",
        status=status,
        retry_after=retry_after,
        account=account,
        errors=errors,
        may_administer=may_administer(request),
    )
