"""What the hand-off does when leave is taken back, one by one or all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.handoff.entries import entries_factory
from insula.handoff.interfaces import Grants

if TYPE_CHECKING:
    from insula.features.events import SettingChanged
    from insula.handoff.events import OperatorGrantRevoked


def end_sessions(event: OperatorGrantRevoked, work: Any) -> None:
    """End the sessions that rested on it, in the transaction that takes it back."""
    entries_factory(None, work).end_of_grant(UUID(event.grant_id))


def close_the_door(event: SettingChanged, work: Any) -> None:
    """Take all leave back when a tenant says that operators never enter; another word later revives nothing."""
    change = event.settings.get("access", {}) if event.section == "operators" else {}
    if change.get("after") == "never":
        work.find_service(Grants).revoke_all()
