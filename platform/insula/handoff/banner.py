"""The bar across every screen of the administration while an operator is in."""

from __future__ import annotations

from typing import Any

from insula.admin.interfaces import Banner
from insula.handoff.scheme import entry_of
from insula.security.interfaces import Identity

LEAVE = "/operator/leave"


def banner(request: Any) -> Banner | None:
    """Say where the operator is and why, with the way out."""
    identity: Identity | None = request.identity
    if identity is None or not identity.operator:
        return None
    found = entry_of(request)
    if found is None:
        return None
    return Banner(
        f"You are in {request.tenant.title} as an operator.",
        f"Reason: {found.reason}. Until {found.expires_at:%H:%M} UTC.",
        LEAVE,
        "Leave",
    )
