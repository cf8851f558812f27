"""What the audit room promises: a tenant's trail, newest entry first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

STREAM = "_audit"
"""The system stream that holds the trail of a tenant."""

MAX_LIMIT = 1000


@dataclass(frozen=True)
class AuditEntry:
    """One fact of the trail; `actor` is the id of an account, the command line, or None where neither acted."""

    id: UUID
    at: datetime
    event: str
    actor: str | None
    request_id: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class AuditPage:
    """Some entries, and the id after which the next page begins, or None on the last one."""

    entries: Sequence[AuditEntry]
    after: UUID | None


class AuditTrail(Protocol):
    """Reads the trail of one tenant."""

    def page(self, *, limit: int = 100, after: UUID | None = None) -> AuditPage:
        """Return entries newest first, beginning after an id that an earlier page gave."""
        ...
