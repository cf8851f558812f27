"""What the audit room promises: a tenant's trail, newest entry first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """One fact of the trail; `actor` is the id of an account, the command line, or None where neither acted.

    `operator` names whoever of the installation acted as that account. `position`, `previous` and `hash` are its place
    in the chain; entries from before the chain have none.
    """

    id: UUID
    at: datetime
    event: str
    actor: str | None
    request_id: str | None
    payload: Mapping[str, Any]
    address: str | None = None
    scheme: str | None = None
    operator: str | None = None
    position: int | None = None
    previous: str | None = None
    hash: str | None = None
    redacted: bool = False
    text: str = ""


@dataclass(frozen=True)
class Search:
    """What of the trail is asked for; what is empty is not asked for.

    `event` is a name or a family (`page`, `page.*`), `who` an account's id or a part of a name, `thing` an id or a
    name anywhere in the payload, `address` an address or a network, `find` any part of the entry's text.
    """

    event: str = ""
    who: str = ""
    thing: str = ""
    address: str = ""
    request_id: str = ""
    find: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    """Some entries, and the id after which the next page begins, or None on the last one.

    `looked` says among how many entries they were found, and `until` how far back those reach.
    """

    entries: Sequence[AuditEntry]
    after: UUID | None
    looked: int = 0
    until: datetime | None = None


class AuditTrail(Protocol):
    """Reads the trail of one tenant."""

    def page(self, *, limit: int = 100, after: UUID | None = None, search: Search | None = None) -> AuditPage:
        """Return entries newest first, beginning after an id that an earlier page gave."""
        ...

    def walk(self, search: Search) -> Iterator[AuditEntry]:
        """Yield every entry that is asked for, newest first."""
        ...

    def find(self, id_: UUID) -> AuditEntry:
        """Return one entry; raises NotFound."""
        ...

    def redact(self, id_: UUID) -> None:
        """Erase the body of one entry for good; its place in the chain stays. Raises NotFound."""
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
