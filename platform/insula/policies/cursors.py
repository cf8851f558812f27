"""Which decisions are asked for, and the sealed place among them that a client carries from page to page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts
from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Malformed
from insula.security.interfaces import DECISIONS, VISITORS, DecisionFilter
from insula.security.permissions import ACTIONS

MAX_LIMIT = 1000
FIELDS: Final = ("who", "type", "thing", "rule", "action", "answer", "time[gte]", "time[lt]")
"""The parameters of a filter, the same on the screen and in the API."""

_LIFETIME = 24 * 3600
_LONGEST = 500
_ANSWERS = {"": None, "allow": True, "deny": False}


@dataclass(frozen=True)
class Filter:
    """What the parameters of a query ask for, as they were given and as it is looked for."""

    given: Mapping[str, str]
    wanted: DecisionFilter


def filter_of(request: Any, given: Mapping[str, str]) -> Filter:
    """Return the filter of a query; raises Malformed for a value that is none."""
    kept = {name: value for name in FIELDS if (value := given.get(name, "").strip())}
    for name, value in kept.items():
        if len(value) > _LONGEST:
            raise _unusable(name, f"At most {_LONGEST} characters.")
    if kept.get("action", ACTIONS[0]) not in ACTIONS:
        raise _unusable("action", f"One of {', '.join(ACTIONS)}.")
    if kept.get("answer", "") not in _ANSWERS:
        raise _unusable("answer", "allow or deny.")
    wanted = DecisionFilter(
        account=_account(request, kept.get("who", "")),
        type=kept.get("type", ""),
        thing=kept.get("thing", ""),
        rule=kept.get("rule", ""),
        action=kept.get("action", ""),
        allowed=_ANSWERS[kept.get("answer", "")],
        start=moment("time[gte]", kept.get("time[gte]", "")),
        end=moment("time[lt]", kept.get("time[lt]", "")),
    )
    return Filter(kept, wanted)


def moment(name: str, text: str) -> datetime | None:
    """Return a time that was given as ISO 8601, in UTC where no zone is told; raises Malformed for nonsense."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unusable(name, "Use a time such as 2026-03-01T11:30Z.") from None


def after_of(request: Any, given: Mapping[str, str], wanted: Filter) -> UUID | None:
    """Return the id in the `after` cursor; raises Malformed for one of another tenant, caller or filter."""
    token = given.get("after")
    if token is None:
        return None
    return UUID(sealer_of(request.registry).open(token, bound=_bound(request, wanted))["id"])


def seal(request: Any, id_: UUID | None, wanted: Filter) -> str | None:
    """Return the cursor of the next page, or None on the last one."""
    if id_ is None:
        return None
    return sealer_of(request.registry).seal(
        {"id": str(id_)}, bound=_bound(request, wanted), lifetime=_LIFETIME
    )


def _account(request: Any, name: str) -> str:
    """Return the id of who is meant; an e-mail that is nobody's finds nothing, as an id that is nobody's does."""
    if name in {"", VISITORS}:
        return name
    if "@" not in name:
        try:
            return str(UUID(name))
        except ValueError:
            raise _unusable("who", "An e-mail, the id of an account, or visitor.") from None
    found = request.find_service(Accounts).by_email(name)
    return str(found.id) if found else "nobody"


def _bound(request: Any, wanted: Filter) -> tuple[str, ...]:
    values = (wanted.given.get(name, "") for name in FIELDS)
    return (str(request.tenant_id), str(request.identity.account_id), DECISIONS, *values)


def _unusable(name: str, detail: str) -> Malformed:
    return Malformed(f"The parameter {name} cannot be used.", errors=[FieldError(name, detail)])
