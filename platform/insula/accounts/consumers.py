"""What accounts do after a commit: whoever asked for a letter is answered where nobody can measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.accounts.recovery import recovery_of

if TYPE_CHECKING:
    from insula.events.interfaces import Delivery


def send_reset(delivery: Delivery, work: Any) -> None:
    """Send the reset letter somebody asked for; delivered once more, nothing happens."""
    work.db.begin_writing()
    recovery_of(work).answer(UUID(delivery.payload["link_id"]))
