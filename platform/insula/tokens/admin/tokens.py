"""The screens of tokens that there are: the list, one token, letting another take its place, and revoking it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import LONGEST_OVERLAP, Tokens
from insula.admin.interfaces import Attention, Summary
from insula.api.interfaces import limit_of
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid
from insula.security.permissions import Action
from insula.tokens.acts import MY_OWN
from insula.tokens.admin.making import secret_page
from insula.tokens.lists import MOST_OFFERED, page_of, services_of, wanted_of
from insula.tokens.resources import ServicesPanel, TokenNode, TokenScreen, TokensPanel
from insula.tokens.words import OVERLAPS, words_of

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.accounts.interfaces import TokenInfo

VIEW, EDIT, DELETE = Action.VIEW.value, Action.EDIT.value, Action.DELETE.value
READ = ("GET", "HEAD")
A_DAY = str(24 * 3600)
_MOST = 200


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, context, name, method, permission, template in (
        (listing, TokensPanel, "", READ, VIEW, "tokens"),
        (show, TokenScreen, "", READ, VIEW, "token"),
        (rotate_form, TokenScreen, "rotate", READ, EDIT, None),
        (rotate, TokenScreen, "rotate", "POST", EDIT, None),
        (revoke_form, TokenScreen, "revoke", READ, DELETE, "revoke"),
        (revoke, TokenScreen, "revoke", "POST", DELETE, None),
    ):
        config.add_view(
            view,
            context=context,
            name=name,
            request_method=method,
            permission=permission,
            renderer=f"insula.tokens:templates/{template}.jinja2" if template else None,
        )


def summary(request: Any, panel: TokensPanel) -> Summary:
    """Say on the home page how many tokens work, and which of them will need somebody."""
    everybodys = request.may(VIEW, Everybodys(panel))
    counts = request.find_service(Tokens).counts(None if everybodys else request.identity.account_id)
    attention = []
    if counts.expiring:
        one = counts.expiring == 1
        attention.append(
            Attention(
                "An API token ends within a week"
                if one
                else f"{counts.expiring} API tokens end within a week",
                "What uses it will be refused then. Rotate it while it works."
                if one
                else "What uses them will be refused then. Rotate them while they work.",
                request.resource_path(panel, query={"state": "expiring"}),
                "Look at it" if one else "Look at them",
            )
        )
    detail = "works" if counts.live == 1 else "work"
    if counts.elevated:
        detail += f", {counts.elevated} of them to administer" if counts.live > 1 else ", to administer"
    return Summary(f"{counts.live:,}", detail, tuple(attention))


class Everybodys(TokenNode):
    """A token of nobody in particular: whoever may view it may count all; no view belongs to it."""

    def __init__(self, panel: TokensPanel) -> None:
        super(TokenNode, self).__init__(panel.request, panel, "all")

    def policy_entity(self) -> Any:
        """Return a token without an owner."""
        found = self.__parent__.policy_entity()
        facts = {"kind": "service", "roles": [], "elevated": False}
        return type(found)(found.type, self.__name__, facts)


def listing(context: TokensPanel, request: Any) -> dict[str, Any]:
    """List the tokens that one may view, newest first."""
    given = request.GET
    wanted = wanted_of(request, given)
    page = page_of(context, given, wanted, limit_of(given, default=50, most=_MOST))
    query = wanted.query()
    older = request.resource_path(context, query={**query, "after": page.after}) if page.after else None
    return {
        "rows": [(token, resource_path(context, token.kid)) for token in page.tokens],
        "at": now(),
        "wanted": wanted,
        "owners": _owners(context, wanted.owner),
        "older": older,
        "newest": request.resource_path(context, query=query) if "after" in given else None,
        "here": resource_path(context),
        "may_make": request.may(Action.CREATE.value, context),
        "json": request.resource_path(context.__parent__.__parent__["api"], "tokens", query=query),
        **words_of(),
    }


def show(context: TokenScreen, request: Any) -> dict[str, Any]:
    """Show what there is to know of one token."""
    return _facts(context, request)


def rotate_form(context: TokenScreen, request: Any) -> Response:
    """Ask how long the old token should go on."""
    return _rotate_page(context, request, overlap=A_DAY)


def rotate(context: TokenScreen, request: Any) -> Response:
    """Make the token that takes the place of this one, and show its secret this once."""
    overlap = request.POST.get("overlap", "")
    try:
        made, text = request.find_service(Tokens).rotate(context.token.kid, overlap=_seconds(overlap))
    except (Invalid, Conflict) as error:
        return _rotate_page(context, request, overlap=overlap, refusal=error)
    before: TokenInfo | None = request.find_service(Tokens).by_kid(context.token.kid)
    return secret_page(request, context.__parent__, made, text, replaced=before)


def revoke_form(context: TokenScreen, request: Any) -> dict[str, Any]:
    """Say what follows, and ask."""
    return _facts(context, request)


def revoke(context: TokenScreen, request: Any) -> HTTPSeeOther:
    """Revoke the token."""
    request.find_service(Tokens).revoke(context.token.kid)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=token-revoked")


def _facts(context: TokenScreen, request: Any) -> dict[str, Any]:
    token, at = context.token, now()
    alive = token.state(at) in ("live", "inactive", "retiring")
    here = resource_path(context)
    return {
        "token": token,
        "state": token.state(at),
        "at": at,
        "here": here,
        "back": resource_path(context.__parent__),
        "json": f"/api/tokens/{token.kid}",
        "may_rotate": token.state(at) == "live" and request.may(EDIT, context),
        "may_revoke": alive and request.may(DELETE, context),
        **words_of(),
    }


def _rotate_page(
    context: TokenScreen, request: Any, *, overlap: str, refusal: InsulaError | None = None
) -> Response:
    response: Response = render_to_response(
        "insula.tokens:templates/rotate.jinja2",
        {
            **_facts(context, request),
            "overlap": overlap,
            "overlaps": [(str(seconds), text.capitalize()) for seconds, text in OVERLAPS],
            "refusal": refusal,
            "errors": {each.path: each.detail for each in refusal.errors} if refusal else {},
        },
        request=request,
    )
    response.status_int = refusal.status if refusal else 200
    return response


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        detail = f"Choose when the old token ends, in 0 to {LONGEST_OVERLAP:,} seconds."
        raise Invalid(errors=[FieldError("overlap", detail)])
    return int(text)


def _owners(context: TokensPanel, chosen: str) -> list[tuple[str, str]]:
    """Return whose tokens the filter offers; of many service accounts the first, and the one that is chosen."""
    found = [("", "everybody"), (MY_OWN, "me")]
    services = ServicesPanel(context.request, context.__parent__, "services")
    found += [(str(each.id), each.name) for each in services_of(services, {}, MOST_OFFERED).accounts]
    if chosen not in {value for value, _ in found}:
        found.append((chosen, "this account"))
    return found
