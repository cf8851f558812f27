"""What the hand-off does when leave is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.handoff.entries import entries_factory

if TYPE_CHECKING:
    from insula.handoff.events import OperatorGrantRevoked


def end_sessions(event: OperatorGrantRevoked, work: Any) -> None:
    """End the sessions that rested on it, in the transaction that takes it back."""
    entries_factory(None, work).end_of_grant(UUID(event.grant_id))
