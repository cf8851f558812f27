"""Which accounts a list shows, and the sealed place that a client carries from page to page."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts
from insula.api.interfaces import Places
from insula.kit.errors import FieldError, Malformed
from insula.people.giving import branch
from insula.people.resources import titles_of
from insula.security.interfaces import account_rows, viewable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo
    from insula.people.resources import GroupNode

KINDS: Final = {"": None, "person": "person", "service": "service", "operator": "operator"}
STATES: Final = {"": None, "active": True, "inactive": False}
_LONGEST: Final = 200


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
    return _page(
        context,
        given,
        limit,
        ("people", wanted.find, wanted.role, wanted.state, wanted.kind),
        find=wanted.find,
        kind=KINDS[wanted.kind],
        role=wanted.role or None,
        active=STATES[wanted.state],
    )


def members_of(group: GroupNode, given: Mapping[str, str], limit: int) -> Listed:
    """Return one page of the accounts in a group that whoever asks may view."""
    return _page(
        branch(group, "people"), given, limit, ("members", str(group.group.id)), group=group.group.id
    )


def _page(people: Any, given: Mapping[str, str], limit: int, words: tuple[str, ...], **wanted: Any) -> Listed:
    request = people.request
    accounts: Accounts = request.find_service(Accounts)
    places = Places(request, words)
    place = places.open(given)
    allowed = request.row_filter("view", people, account_rows(request))
    after = (place["name"], UUID(place["id"])) if place else None
    page = accounts.page(**wanted, where=allowed.where, limit=limit, after=after)
    shown = viewable(request, allowed, page.data, people.node_of)
    seen = accounts.last_seen([account.id for account in shown])
    following = {"name": page.after[0], "id": str(page.after[1])} if page.after else None
    return Listed(shown, seen, places.seal(following))
