"""Which accounts a list shows, and the sealed place that a client carries from page to page."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts
from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Malformed
from insula.people.resources import titles_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo

KINDS: Final = {"": None, "person": "person", "service": "service", "operator": "operator"}
STATES: Final = {"": None, "active": True, "inactive": False}
PARAMETERS: Final = ("find", "role", "state", "kind", "limit", "after")
_LONGEST: Final = 200
_LIFETIME: Final = 24 * 3600


@dataclass(frozen=True)
class Wanted:
    """Which accounts are asked for."""

    find: str = ""
    role: str = ""
    state: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        """Say whether anything is left out."""
        return any((self.find, self.role, self.state, self.kind))


@dataclass(frozen=True)
class Listed:
    """One page of accounts that may be viewed, when each was last here, and the cursor of the next page."""

    accounts: Sequence[AccountInfo]
    seen: Mapping[UUID, datetime]
    after: str | None


def wanted_of(request: Any, given: Mapping[str, str]) -> Wanted:
    """Return the filter of a query; raises Malformed for a value that is none."""
    wanted = Wanted(
        " ".join(given.get("find", "").split()),
        given.get("role", ""),
        given.get("state", ""),
        given.get("kind", ""),
    )
    errors = []
    if len(wanted.find) > _LONGEST:
        errors.append(FieldError("find", f"Use at most {_LONGEST} characters."))
    if wanted.state not in STATES:
        errors.append(FieldError("state", "active or inactive."))
    if wanted.kind not in KINDS:
        errors.append(FieldError("kind", "person, service or operator."))
    known = list(titles_of(request)) if wanted.role else []
    if wanted.role and wanted.role not in known:
        near = difflib.get_close_matches(wanted.role, known, 1)
        errors.append(
            FieldError("role", f"Did you mean {near[0]}?" if near else f"One of {', '.join(known)}.")
        )
    if errors:
        raise Malformed("A parameter cannot be used.", errors=errors)
    return wanted


def page_of(context: Any, given: Mapping[str, str], wanted: Wanted, limit: int) -> Listed:
    """Return one page of the accounts that whoever asks may view."""
    request = context.request
    accounts: Accounts = request.find_service(Accounts)
    page = accounts.page(
        find=wanted.find,
        kind=KINDS[wanted.kind],
        role=wanted.role or None,
        active=STATES[wanted.state],
        limit=limit,
        after=_after(request, given, wanted),
    )
    # What may not be viewed leaves a gap, never a hint.
    shown = [account for account in page.data if request.may("view", context.node_of(account))]
    seen = accounts.last_seen([account.id for account in shown])
    return Listed(shown, seen, _seal(request, page.after, wanted))


def _after(request: Any, given: Mapping[str, str], wanted: Wanted) -> tuple[str, UUID] | None:
    token = given.get("after")
    if token is None:
        return None
    place = sealer_of(request.registry).open(token, bound=_bound(request, wanted))
    return place["name"], UUID(place["id"])


def _seal(request: Any, place: tuple[str, UUID] | None, wanted: Wanted) -> str | None:
    if place is None:
        return None
    payload = {"name": place[0], "id": str(place[1])}
    return sealer_of(request.registry).seal(payload, bound=_bound(request, wanted), lifetime=_LIFETIME)


def _bound(request: Any, wanted: Wanted) -> tuple[str, ...]:
    who = str(request.identity.account_id)
    return (str(request.tenant_id), who, "people", wanted.find, wanted.role, wanted.state, wanted.kind)
