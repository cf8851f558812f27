"""Leave as JSON shows it, and what a client may send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.kit.clock import isoformat
from insula.kit.errors import FieldError, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insula.handoff.interfaces import GrantInfo


def as_json(grant: GrantInfo, names: Mapping[str, str]) -> dict[str, Any]:
    """Return leave as clients see it."""
    return {
        "id": str(grant.id),
        "state": grant.state,
        "operator": grant.operator or None,
        "operator_id": str(grant.operator_id) if grant.operator_id else None,
        "reason": grant.reason,
        "asked_at": isoformat(grant.asked_at),
        "granted_at": isoformat(grant.granted_at) if grant.granted_at else None,
        "granted_by": grant.granted_by,
        "granted_by_name": names.get(grant.granted_by or ""),
        "expires_at": isoformat(grant.expires_at) if grant.expires_at else None,
        "inside": grant.inside,
    }


def hours_of(given: Mapping[str, Any], *, others: tuple[str, ...] = ()) -> int:
    """Return `hours` of a body that may hold these other members."""
    errors = [
        FieldError(name, "There is no such member.") for name in given if name not in ("hours", *others)
    ]
    hours = given.get("hours")
    if not isinstance(hours, int) or isinstance(hours, bool):
        errors.append(FieldError("hours", "Use a whole number of hours."))
    if errors:
        raise Invalid(errors=errors)
    return int(hours or 0)
