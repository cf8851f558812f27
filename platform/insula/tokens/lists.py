"""Which tokens a list shows, and the sealed place that a client carries from page to page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args
from uuid import UUID

from insula.accounts.interfaces import Accounts, TokenFilter, Tokens
from insula.api.interfaces import Places
from insula.kit.errors import FieldError, Malformed
from insula.security.interfaces import account_rows, token_rows, viewable
from insula.security.permissions import Action
from insula.tokens.acts import MY_OWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insula.accounts.interfaces import AccountInfo, TokenInfo
    from insula.tokens.resources import ServicesNode, TokensNode

STATES: Final = ("", *get_args(TokenFilter))
ELEVATED: Final = {"": None, "true": True, "false": False}
MOST_OFFERED: Final = 100
"""The most service accounts that a form offers to choose from; others are found by their own page."""

_LONGEST: Final = 200


@dataclass(frozen=True)
class Wanted:
    """Which tokens are asked for."""

    owner: str = ""
    state: str = ""
    elevated: str = ""
    find: str = ""

    def __bool__(self) -> bool:
        """Say whether anything is left out."""
        return any((self.owner, self.state, self.elevated, self.find))

    def query(self) -> dict[str, str]:
        """Return the filter as a query."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Listed:
    """One page of the tokens that may be viewed, and the cursor of the next page."""

    tokens: Sequence[TokenInfo]
    after: str | None


@dataclass(frozen=True)
class ServicesListed:
    """One page of the service accounts that may be viewed, and the cursor of the next page."""

    accounts: Sequence[AccountInfo]
    after: str | None


def wanted_of(request: Any, given: Mapping[str, str]) -> Wanted:
    """Return the filter of a query; raises Malformed for a value that is none."""
    wanted = Wanted(
        given.get("owner", ""),
        given.get("state", ""),
        given.get("elevated", ""),
        " ".join(given.get("find", "").split()),
    )
    errors = []
    if wanted.owner and _owner(request, wanted.owner) is None:
        errors.append(FieldError("owner", f"Use {MY_OWN}, or the id of an account."))
    if wanted.state not in STATES:
        errors.append(FieldError("state", f"Use one of {', '.join(STATES[1:])}."))
    if wanted.elevated not in ELEVATED:
        errors.append(FieldError("elevated", "Use true or false."))
    if len(wanted.find) > _LONGEST:
        errors.append(FieldError("find", f"Use at most {_LONGEST} characters."))
    if errors:
        raise Malformed("A parameter cannot be used.", errors=errors)
    return wanted


def page_of(node: TokensNode, given: Mapping[str, str], wanted: Wanted, limit: int) -> Listed:
    """Return the next tokens that whoever asks may view, newest first."""
    request = node.request
    tokens: Tokens = request.find_service(Tokens)
    places = Places(request, ("tokens", wanted.owner, wanted.state, wanted.elevated, wanted.find))
    place = places.open(given)
    allowed = request.row_filter(Action.VIEW.value, node, token_rows(request))
    # One more than asked for tells whether there is a next page.
    found = tokens.list(
        _owner(request, wanted.owner) if wanted.owner else None,
        state=wanted.state or None,  # type: ignore[arg-type]  # wanted_of has seen to it
        elevated=ELEVATED[wanted.elevated],
        find=wanted.find,
        where=allowed.where,
        after=UUID(place["id"]) if place else None,
        limit=limit + 1,
    )
    here, more = found[:limit], len(found) > limit
    shown = viewable(request, allowed, here, node.node_of)
    return Listed(shown, places.seal({"id": str(here[-1].id)} if more else None))


def services_of(
    node: ServicesNode, given: Mapping[str, str], limit: int, *, active: bool | None = None
) -> ServicesListed:
    """Return the next service accounts that whoever asks may view, by name."""
    request = node.request
    accounts: Accounts = request.find_service(Accounts)
    places = Places(request, ("services",))
    place = places.open(given)
    allowed = request.row_filter(Action.VIEW.value, node, account_rows(request))
    page = accounts.page(
        kind="service",
        active=active,
        where=allowed.where,
        limit=limit,
        after=(place["name"], UUID(place["id"])) if place else None,
    )
    shown = viewable(request, allowed, page.data, node.node_of)
    following = {"name": page.after[0], "id": str(page.after[1])} if page.after else None
    return ServicesListed(shown, places.seal(following))


def _owner(request: Any, name: str) -> UUID | None:
    if name == MY_OWN:
        own: UUID = request.identity.account_id
        return own
    try:
        return UUID(name)
    except ValueError:
        return None
