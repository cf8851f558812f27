"""Which tokens a list shows, and the sealed place that a client carries from page to page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args
from uuid import UUID

from insula.accounts.interfaces import TokenFilter, Tokens
from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Malformed
from insula.security.permissions import Action
from insula.tokens.acts import MY_OWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insula.accounts.interfaces import TokenInfo
    from insula.tokens.resources import TokensNode

PARAMETERS: Final = ("owner", "state", "elevated", "find", "limit", "after")
STATES: Final = ("", *get_args(TokenFilter))
ELEVATED: Final = {"": None, "true": True, "false": False}
_AT_ONCE: Final = 100
_LONGEST: Final = 200
_LIFETIME: Final = 24 * 3600


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
    after = _after(request, given, wanted)
    found: list[TokenInfo] = []
    while len(found) <= limit:
        rows = tokens.list(
            _owner(request, wanted.owner) if wanted.owner else None,
            state=wanted.state or None,  # type: ignore[arg-type]  # wanted_of has seen to it
            elevated=ELEVATED[wanted.elevated],
            find=wanted.find,
            after=after,
            limit=_AT_ONCE,
        )
        found += [each for each in rows if request.may(Action.VIEW.value, node.node_of(each))]
        if len(rows) < _AT_ONCE:
            break
        after = rows[-1].id
    last = found[limit - 1].id if len(found) > limit else None
    return Listed(found[:limit], _seal(request, last, wanted))


def _owner(request: Any, name: str) -> UUID | None:
    if name == MY_OWN:
        own: UUID = request.identity.account_id
        return own
    try:
        return UUID(name)
    except ValueError:
        return None


def _after(request: Any, given: Mapping[str, str], wanted: Wanted) -> UUID | None:
    text = given.get("after")
    if text is None:
        return None
    return UUID(sealer_of(request.registry).open(text, bound=_bound(request, wanted))["id"])


def _seal(request: Any, place: UUID | None, wanted: Wanted) -> str | None:
    if place is None:
        return None
    sealer = sealer_of(request.registry)
    return sealer.seal({"id": str(place)}, bound=_bound(request, wanted), lifetime=_LIFETIME)


def _bound(request: Any, wanted: Wanted) -> tuple[str, ...]:
    who = str(request.identity.account_id)
    return (str(request.tenant_id), who, "tokens", wanted.owner, wanted.state, wanted.elevated, wanted.find)
