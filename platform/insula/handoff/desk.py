"""The console's side of the hand-off: an operator confirms, and gets a code for one tenant, host and browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.db.work import system_work
from insula.handoff.console import address_at
from insula.handoff.grants import checked_reason
from insula.handoff.interfaces import Entries, Operator
from insula.handoff.resources import TenantDesk
from insula.handoff.views import CALLBACK, HERE, READ, origin_of
from insula.kit.errors import Invalid, Malformed, Refused
from insula.security.permissions import Action
from insula.web.interfaces import lead_forms_to

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

CONFIRM: Final = "insula.handoff:templates/authorize.jinja2"
ASKED: Final = "insula.handoff:templates/asked.jinja2"
_OPAQUE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_METHOD: Final = "S256"
NAME: Final = "authorize"


@dataclass(frozen=True)
class Wish:
    """What the tenant's host asked for, as the browser carried it here."""

    state: str
    code_challenge: str
    reason: str
    redirect_uri: str

    @classmethod
    def read(cls, values: Any, expected: str) -> Wish:
        """Read and check it; nobody is ever sent to an address that is not the tenant's own."""
        state, challenge = values.get("state", ""), values.get("code_challenge", "")
        if not _OPAQUE.fullmatch(state) or not _OPAQUE.fullmatch(challenge):
            raise Malformed("This address is not whole. Begin again on the site's own host.")
        if values.get("code_challenge_method") != _METHOD:
            raise Malformed("code_challenge_method: only S256 is accepted.")
        if values.get("redirect_uri") != expected:
            raise Malformed("redirect_uri: this is not the address of that site.")
        try:
            reason = checked_reason(values.get("reason", ""))
        except Invalid as error:
            raise Malformed(error.errors[0].detail) from error
        return cls(state, challenge, reason, expected)


def includeme(config: Configurator) -> None:
    """Register the views; the console's policy says who may manage which tenant."""
    for view, method, rows in ((confirm_page, READ, None), (confirm, "POST", "read")):
        config.add_view(
            view,
            context=TenantDesk,
            name=NAME,
            request_method=method,
            permission=Action.MANAGE.value,
            rows=rows,
        )


def confirm_page(context: TenantDesk, request: Any) -> Response:
    """Show whom the operator is about to enter, and why, with the button."""
    _person(request)
    wish = Wish.read(request.GET, _callback(context, request))
    values = {
        "action": f"{resource_path(context)}/{NAME}",
        "tenant": context.tenant,
        "wish": wish,
        "method": _METHOD,
        "person": request.identity.name,
    }
    response = _page(CONFIRM, values, request)
    lead_forms_to(response, origin_of(wish.redirect_uri))
    return response


def confirm(context: TenantDesk, request: Any) -> Response:
    """Make a code in the tenant and take it back there, or ask the tenant's people."""
    operator = _person(request)
    wish = Wish.read(request.POST, _callback(context, request))
    with system_work(
        request.registry, reason=f"operator {operator.id} asks to enter", tenant_id=context.tenant.id
    ) as work:
        authorized = work.find_service(Entries).authorize(
            operator,
            reason=wish.reason,
            host=context.tenant.canonical_host,
            challenge=wish.code_challenge,
        )
    if authorized.why == "never":
        raise Refused(f"{context.tenant.title} lets no operator in. Ask its people another way.")
    if authorized.why == "account":
        raise Refused(f"{context.tenant.title} keeps you out. Ask its people another way.")
    if authorized.code is None:
        again = address_at(request.registry, context.tenant, HERE)
        return _page(ASKED, {"tenant": context.tenant, "again": again}, request)
    answer = urlencode({"code": authorized.code, "state": wish.state})
    return HTTPSeeOther(location=f"{wish.redirect_uri}?{answer}")


def _callback(context: TenantDesk, request: Any) -> str:
    return address_at(request.registry, context.tenant, CALLBACK)


def _person(request: Any) -> Operator:
    # A token of the console that leaks must not open every tenant.
    identity = request.identity
    if identity.session_id is None or identity.kind != "person":
        raise Refused("Sign in with your password to do this. A token is not enough.")
    return Operator(request.tenant_id, identity.account_id, identity.name, identity.session_id)


def _page(template: str, values: dict[str, Any], request: Any) -> Response:
    response: Response = render_to_response(template, values, request=request)
    response.headers["Cache-Control"] = "private, no-store"
    return response
