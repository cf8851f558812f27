"""Goes through a tenant's trail from its first entry to its last and says where the chain is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pyramid.registry import Registry

from insula.audit.interfaces import STREAM, Break, Chain, ChainHead, Fault, Verification
from insula.audit.links import GENESIS, Link, digest_of, extend, link_of
from insula.db.work import tenant_work
from insula.kit.clock import now
from insula.records.interfaces import Range, Record, RecordStore, Stream, store_of, system_stream

_AT_ONCE = 1_000
_MAX_BREAKS = 50


def verify(
    registry: Registry, tenant_id: UUID, *, progress: Callable[[int], None] = lambda _: None
) -> Verification:
    """Check the whole trail of a tenant, keep what was found beside the head of its chain, and return it."""
    # The head before what waits, and both before the store: whatever had its place by then and is not acknowledged
    # waits in the outbox, so that a place found in neither is missing.
    with tenant_work(registry, tenant_id, writing=False) as work:
        head = work.find_service(Chain).head()
    with tenant_work(registry, tenant_id, writing=False) as work:
        waiting = work.find_service(Chain).waiting()
    walk = Walk(tenant_id, head, waiting)
    for entry in _entries(store_of(registry), system_stream(registry, tenant_id, STREAM), progress):
        walk.take(entry)
    with tenant_work(registry, tenant_id, writing=False) as work:
        walk.end(work.find_service(Chain).head())
    found = walk.found()
    with tenant_work(registry, tenant_id) as work:
        work.find_service(Chain).remember(found.document())
    return found


def _entries(store: RecordStore, stream: Stream, progress: Callable[[int], None]) -> Iterator[Record]:
    after, seen = None, 0
    while True:
        page = store.read(stream, Range(newest_first=False, limit=_AT_ONCE, after=after))
        yield from page
        seen += len(page)
        progress(seen)
        if len(page) < _AT_ONCE:
            return
        after = page[-1].id


@dataclass
class Walk:
    """Where the walk along one chain stands; entries assigned after `head` was read are left for the next one."""

    tenant_id: UUID
    head: ChainHead
    waiting: Mapping[int, Link]
    entries: int = 0
    unchained: int = 0
    redacted: int = 0
    position: int = 0
    hash: str = GENESIS
    beyond: int = 0
    breaks: list[Break] = field(default_factory=list)
    more: int = 0

    def take(self, record: Record) -> None:
        """Look at the next entry."""
        self.entries += 1
        link = link_of(record.series)
        if link is None:
            if self.position == 0:
                self.unchained += 1
            else:
                self._broken("foreign", self.position, record, "It has no place in the chain.")
            return
        self.redacted += record.redacted
        if extend(self.tenant_id, link).hash != link.hash:
            self._unlike(link, record)
        elif record.id != link.record_id:
            self._broken("doubled", link.position, record, "It is a copy of the entry that belongs here.")
        elif link.position > self.head.position:
            self.beyond = max(self.beyond, link.position)
        elif link.position <= self.position:
            self._broken("doubled", link.position, record, "An earlier entry stands at this position.")
        else:
            if not record.redacted and digest_of(record.body) != link.digest:
                self._broken("altered", link.position, record, "Its body is not the one that was recorded.")
            self._wait_until(link.position)
            self._advance(link, record)

    def end(self, later: ChainHead) -> None:
        """Look for what is missing behind the last entry, and for what stands behind the last place given."""
        self._wait_until(self.head.position + 1)
        if self.position < self.head.position:
            self._missing(self.position + 1, self.head.position)
        if self.beyond > later.position:
            detail = f"Position {later.position} is the last that was given."
            self._broken("foreign", self.beyond, None, detail)

    def found(self) -> Verification:
        """Return what the walk has found."""
        return Verification(
            at=now(),
            entries=self.entries,
            unchained=self.unchained,
            redacted=self.redacted,
            waiting=sum(place <= self.head.position for place in self.waiting),
            position=self.head.position,
            hash=self.head.hash,
            breaks=tuple(self.breaks),
            more=self.more,
        )

    def _unlike(self, link: Link, record: Record) -> None:
        if link.position == self.position + 1 and link.previous == self.hash:
            self._broken("altered", link.position, record, "Its hash is not the one of its body and place.")
            self._stand_at(link)
        else:
            self._broken("foreign", link.position, record, "Its hash was not made for this trail.")

    def _wait_until(self, until: int) -> None:
        """Go over the places before this one that were given and are not delivered yet."""
        if self.position + 1 < until:
            for place in sorted(place for place in self.waiting if self.position < place < until):
                self._advance(self.waiting[place], None)

    def _advance(self, link: Link, record: Record | None) -> None:
        if link.position > self.position + 1:
            self._missing(self.position + 1, link.position - 1)
        elif link.previous != self.hash:
            self._broken("altered", link.position, record, "It does not follow from the entry before it.")
        self._stand_at(link)
        if link.position == self.head.position and link.hash != self.head.hash:
            self._broken("altered", link.position, record, "The last entry is not the one that was recorded.")

    def _stand_at(self, link: Link) -> None:
        self.position, self.hash = link.position, link.hash

    def _missing(self, first: int, last: int) -> None:
        many = f"positions {first} to {last}" if last > first else f"position {first}"
        self._broken("missing", first, None, f"Nothing stands at {many}.")

    def _broken(self, fault: Fault, position: int, record: Record | None, detail: str) -> None:
        if len(self.breaks) >= _MAX_BREAKS:
            self.more += 1
        else:
            self.breaks.append(Break(fault, position, str(record.id) if record else None, detail))
