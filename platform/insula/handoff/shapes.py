"""Leave as JSON shows it, and what a client may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.kit.clock import isoformat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insula.handoff.interfaces import GrantInfo


class GrantShape(TypedDict):
    """Leave for operators."""

    id: Identifier
    state: str
    operator: str | None
    operator_id: Identifier | None
    reason: str
    asked_at: Moment
    granted_at: Moment | None
    granted_by: str | None
    granted_by_name: str | None
    expires_at: Moment | None
    inside: int | bool


def as_json(grant: GrantInfo, names: Mapping[str, str]) -> GrantShape:
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
