"""What the audit room promises: a tenant's trail, newest entry first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from insula.kit.clock import isoformat

STREAM = "_audit"
"""The system stream that holds the trail of a tenant."""

CONSUMER = "audit"
"""The consumer that records events."""

MAX_LIMIT = 1000


@dataclass(frozen=True)
class ChainHead:
    """The last position assigned in a tenant's chain, its hash, and what the last verification found."""

    position: int
    hash: str
    verified: Mapping[str, Any] | None


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


Fault = Literal["altered", "missing", "doubled", "foreign"]


@dataclass(frozen=True)
class Break:
    """One place where a chain does not hold, and the entry that shows it."""

    fault: Fault
    position: int
    entry: str | None
    detail: str


@dataclass(frozen=True)
class Verification:
    """What going through a whole trail has found."""

    at: datetime
    entries: int
    unchained: int
    """Entries from before the chain began; nothing vouches for them."""
    redacted: int
    waiting: int
    """Places that were given and whose entries are on their way to the store."""
    position: int
    hash: str
    breaks: Sequence[Break]
    more: int = 0
    """Breaks beyond those that are listed."""

    @property
    def whole(self) -> bool:
        """Whether the chain holds."""
        return not self.breaks

    def document(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            **asdict(self),
            "at": isoformat(self.at),
            "breaks": [asdict(each) for each in self.breaks],
            "whole": self.whole,
        }


class Chain(Protocol):
    """The chain of one tenant's entries; its head is a row, and places are given under that row's lock."""

    def assign(self, entries: Sequence[tuple[UUID, int, bytes]]) -> Mapping[UUID, Any]:
        """Give each delivery (id, milliseconds, body) its place, in this order, and keep it with the delivery."""
        ...

    def head(self) -> ChainHead:
        """Return the last position that was assigned."""
        ...

    def waiting(self) -> Mapping[int, Any]:
        """Return the links that were assigned and whose deliveries are not acknowledged, by position."""
        ...

    def remember(self, verified: Mapping[str, Any]) -> None:
        """Keep what a verification found."""
        ...
