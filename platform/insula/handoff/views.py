"""The tenant's side of the hand-off: beginning, coming back with a code, leaving.

What the browser has to bring back lies in a sealed cookie of this host: the state that the console repeats, and the
verifier that it never sees. A code that somebody stole is worth nothing without both.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember

from insula.db.work import tenant_work
from insula.handoff.console import console_address, is_active
from insula.handoff.entries import challenge_of
from insula.handoff.grants import checked_reason
from insula.handoff.interfaces import Entries
from insula.handoff.resources import OperatorDoor
from insula.kit.cursors import sealer_of
from insula.kit.errors import Invalid, Malformed, Refused
from insula.security.interfaces import safe_next
from insula.security.interfaces.cookies import drop_cookie, host_cookie, set_cookie
from insula.web.interfaces import lead_forms_to

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

HERE: Final = "/operator"
CALLBACK: Final = "/operator/callback"
START: Final = "insula.handoff:templates/start.jinja2"
BACK: Final = "insula.handoff:templates/callback.jinja2"
NEXT: Final = "/admin"
STATE_COOKIE: Final = "insula-operator-state"
STATE_SECONDS: Final = 600
LONGEST: Final = 128
READ: Final = ("GET", "HEAD")
NOT_IN: Final = "This did not begin in this browser, or too long ago, or it was used already. Begin again."
WHY: Final = {
    "code": "The code has run out or was used already. Begin again.",
    "host": "The code was made for another host. Begin again on the site's own host.",
    "verifier": "The code was made for another browser. Begin again.",
    "never": "This site lets no operator in.",
    "account": "This site keeps you out. Ask its people.",
    "leave": "The leave to enter has ended. Ask again.",
}


@dataclass(frozen=True)
class Begun:
    """What the cookie keeps between leaving for the console and coming back."""

    state: str
    verifier: str
    following: str


def includeme(config: Configurator) -> None:
    """Register the views; all are open, since who comes here has not signed in yet."""
    for view, name, method, rows in (
        (start_page, "", READ, None),
        (start, "", "POST", "read"),
        (callback_page, "callback", READ, None),
        (callback, "callback", "POST", "read"),
        (leave, "leave", "POST", None),
    ):
        config.add_view(
            view,
            context=OperatorDoor,
            name=name,
            request_method=method,
            permission=NO_PERMISSION_REQUIRED,
            rows=rows,
        )


def start_page(context: OperatorDoor, request: Any) -> Response:
    """Show where an operator says why."""
    if request.domain != request.tenant.canonical_host:
        # Codes are for the canonical host alone, so the flow has to begin there.
        return HTTPSeeOther(location=request.canonical_url(HERE))
    return _start_page(request, following=safe_next(request.GET.get("next"), NEXT))


def start(context: OperatorDoor, request: Any) -> Response:
    """Put state and verifier into the cookie and go to the console."""
    following = safe_next(request.POST.get("next"), NEXT)
    typed = request.POST.get("reason", "")
    try:
        reason = checked_reason(typed)
    except Invalid as error:
        return _start_page(
            request,
            following=following,
            reason=typed[:400],
            problem=error.errors[0].detail,
            status=error.status,
        )
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), following)
    query = urlencode(
        {
            "state": begun.state,
            "code_challenge": challenge_of(begun.verifier),
            "code_challenge_method": "S256",
            "redirect_uri": request.canonical_url(CALLBACK),
            "reason": reason,
        }
    )
    sealed = sealer_of(request.registry).seal(
        {"state": begun.state, "verifier": begun.verifier, "following": begun.following},
        bound=_bound(request),
        lifetime=STATE_SECONDS,
    )
    address = console_address(request, f"{HERE}/{request.tenant.name}/authorize?{query}")
    cookie = set_cookie(request.registry, _cookie(request), sealed, max_age=STATE_SECONDS)
    return HTTPSeeOther(location=address, headers=[cookie])


def callback_page(context: OperatorDoor, request: Any) -> Response:
    """Show the button that redeems the code; opening this page uses nothing up."""
    code, state = _given(request.GET, "code"), _given(request.GET, "state")
    response: Response = render_to_response(
        BACK, {"action": CALLBACK, "code": code, "state": state}, request=request
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def callback(context: OperatorDoor, request: Any) -> Response:
    """Redeem the code in a transaction of its own, which stands whatever it says, and begin the session."""
    code, state = _given(request.POST, "code"), _given(request.POST, "state")
    begun = _begun(request)
    if begun is None or not hmac.compare_digest(begun.state.encode(), state.encode()):
        raise Refused(NOT_IN)
    # One after the other, so that no request holds more than two connections at the same time.
    with tenant_work(request.registry, request.tenant_id, writing=False) as work:
        operator = work.find_service(Entries).operator_of(code)
    active = operator is not None and is_active(request.registry, operator)
    with tenant_work(request.registry, request.tenant_id) as work:
        redeemed = work.find_service(Entries).redeem(
            code, verifier=begun.verifier, host=request.domain, active=active
        )
    if redeemed.entry is None:
        raise Refused(WHY[redeemed.why or "code"])
    headers = [
        # Whoever was signed in here before is so no longer in this browser.
        *forget(request),
        *remember(request, str(redeemed.entry.account_id), operator_secret=redeemed.secret),
        drop_cookie(request.registry, _cookie(request)),
    ]
    return HTTPSeeOther(location=safe_next(begun.following, NEXT), headers=_last_of_each(headers))


def leave(context: OperatorDoor, request: Any) -> Response:
    """End the operator's session; for anybody else nothing ends."""
    identity = request.identity
    if identity is None or not identity.operator or identity.session_id is None:
        return HTTPSeeOther(location=HERE)
    request.find_service(Entries).leave(identity.session_id)
    return HTTPSeeOther(location=f"{HERE}?left", headers=forget(request))


def _start_page(
    request: Any, *, following: str, reason: str = "", problem: str = "", status: int = 200
) -> Response:
    values = {
        "action": HERE,
        "next": following,
        "reason": reason,
        "problem": problem,
        "left": "left" in request.GET,
    }
    response: Response = render_to_response(START, values, request=request)
    response.status_int = status
    response.headers["Cache-Control"] = "private, no-store"
    lead_forms_to(response, origin_of(console_address(request, "/")))
    return response


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _begun(request: Any) -> Begun | None:
    try:
        return Begun(
            **sealer_of(request.registry).open(
                request.cookies.get(_cookie(request), ""), bound=_bound(request)
            )
        )
    except Malformed:
        return None


def _bound(request: Any) -> tuple[str, ...]:
    return ("operator", str(request.tenant_id), request.domain)


def _cookie(request: Any) -> str:
    return host_cookie(request.registry, STATE_COOKIE)


def _given(values: Any, name: str) -> str:
    value: str = values.get(name, "")
    if not value or len(value) > LONGEST or not value.isascii():
        raise Malformed("This address is not whole. Begin again on the site's own host.")
    return value


def _last_of_each(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # One cookie is dropped and set in one answer; only what it becomes is said.
    return list({value.partition("=")[0]: (name, value) for name, value in headers}.values())
