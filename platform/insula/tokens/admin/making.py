"""The form by which a token is made, and the page that shows its secret once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import ELEVATED_DAYS, Accounts
from insula.kit.clock import now
from insula.kit.errors import FieldError, InsulaError, Invalid, Refused
from insula.security.permissions import ACTIONS, Action
from insula.tokens.acts import MY_OWN, Wish, make_token, may_make, owner_of
from insula.tokens.lists import MOST_OFFERED, services_of
from insula.tokens.resources import ServicesPanel, TokensPanel
from insula.tokens.words import SCOPES, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.accounts.interfaces import TokenInfo

CREATE = Action.CREATE.value
EVERYTHING, CHOSEN = "everything", "chosen"
LIVES = (1, 7, 30, 90, 180, 365)
CONTROLS = {
    "label": "f-label",
    "owner": "f-owner",
    "scopes": "f-scopes-view",
    "days": "f-days",
    "networks": "f-networks",
    "elevated": "f-elevated",
}


def includeme(config: Configurator) -> None:
    """Register the form."""
    for view, method in ((form, ("GET", "HEAD")), (make, "POST")):
        config.add_view(view, context=TokensPanel, name="new", request_method=method, permission=CREATE)


def form(context: TokensPanel, request: Any) -> Response:
    """Show the form; an address may name the owner."""
    lives = request.section("tokens")
    values = {
        "label": "",
        "owner": request.GET.get("owner", MY_OWN),
        "reach": CHOSEN,
        "scopes": ["view"],
        "days": str(lives.days),
        "networks": "",
        "elevated": False,
    }
    return _page(context, request, values)


def make(context: TokensPanel, request: Any) -> Response:
    """Make the token and show its secret, or the form again with what is wrong."""
    posted = request.POST
    values = {
        "label": posted.get("label", ""),
        "owner": posted.get("owner", ""),
        "reach": posted.get("reach", CHOSEN),
        "scopes": posted.getall("scopes"),
        "days": posted.get("days", ""),
        "networks": posted.get("networks", ""),
        "elevated": "elevated" in posted,
    }
    try:
        made, text = make_token(context, _wish(values))
    except (Invalid, Refused) as error:
        return _page(context, request, values, refusal=error)
    return secret_page(request, context, made, text)


def secret_page(
    request: Any, panel: TokensPanel, made: TokenInfo, text: str, *, replaced: TokenInfo | None = None
) -> Response:
    """Answer with the secret: in this page alone, which nothing may keep."""
    response: Response = render_to_response(
        "insula.tokens:templates/secret.jinja2",
        {
            "token": made,
            "text": text,
            "replaced": replaced,
            "at": now(),
            "url": request.canonical_url("/api/"),
            "here": resource_path(panel, made.kid),
            "back": resource_path(panel),
            **words_of(),
        },
        request=request,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _wish(values: Mapping[str, Any]) -> Wish:
    errors = []
    days = values["days"]
    if not (days.isascii() and days.isdecimal() and len(days) <= 5):
        errors.append(FieldError("days", "Choose when the token ends."))
    if values["reach"] != EVERYTHING and not values["scopes"]:
        errors.append(FieldError("scopes", "Tick at least one thing that the token may do."))
    if errors:
        raise Invalid(errors=errors)
    return Wish(
        days=int(days),
        owner=values["owner"],
        label=values["label"],
        scopes=() if values["reach"] == EVERYTHING else tuple(values["scopes"]),
        networks=tuple(filter(None, values["networks"].replace(",", "\n").split())),
        elevated=values["elevated"],
    )


def _page(
    context: TokensPanel, request: Any, values: Mapping[str, Any], *, refusal: InsulaError | None = None
) -> Response:
    lives = request.section("tokens")
    errors = {each.path: each.detail for each in refusal.errors} if refusal else {}
    response: Response = render_to_response(
        "insula.tokens:templates/new.jinja2",
        {
            "values": values,
            "owners": _owners(context, request, values["owner"]),
            "scopes": [(action, *SCOPES[action]) for action in ACTIONS],
            "lives": _lives(lives.days, lives.days_max, values["days"]),
            "longest": lives.days_max,
            "longest_elevated": min(ELEVATED_DAYS, lives.days_max),
            "may_elevate": _may_elevate(context, request),
            "refusal": refusal,
            "errors": errors,
            "summary": [(CONTROLS.get(path, ""), detail) for path, detail in errors.items()]
            or [("", refusal.detail or refusal.title)]
            if refusal
            else [],
            "here": resource_path(context),
        },
        request=request,
    )
    response.status_int = refusal.status if refusal else 200
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _owners(context: TokensPanel, request: Any, chosen: str) -> list[tuple[str, str]]:
    """Return whom a token can act as that this person makes; of many service accounts the first, and the chosen one."""
    own = request.find_service(Accounts).by_id(request.identity.account_id)
    found = [(MY_OWN, f"Me, {own.name}")] if own is not None and may_make(context, own) else []
    panel = ServicesPanel(request, context.__parent__, "services")
    services = list(services_of(panel, {}, MOST_OFFERED, active=True).accounts)
    if chosen != MY_OWN and chosen not in {str(service.id) for service in services}:
        with suppress(Invalid):
            services.append(owner_of(context, chosen))
    return found + [
        (str(service.id), f"The service account {service.name}")
        for service in services
        if may_make(context, service)
    ]


def _may_elevate(context: TokensPanel, request: Any) -> bool:
    own = request.find_service(Accounts).by_id(request.identity.account_id)
    return own is not None and may_make(context, own, elevated=True)


def _lives(usual: int, most: int, chosen: str) -> list[tuple[str, str]]:
    days = {each for each in (*LIVES, usual, most) if each <= most}
    if chosen.isascii() and chosen.isdecimal() and len(chosen) <= 5:
        days.add(int(chosen))
    return [(str(each), "1 day" if each == 1 else f"{each:,} days") for each in sorted(days)]
