"""The audit trail as it lies in the record store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from insula.accounts.interfaces import Accounts, actor_names
from insula.audit.filters import is_empty, matches
from insula.audit.interfaces import STREAM, AuditEntry, AuditPage, Search
from insula.audit.links import link_of
from insula.kit.clock import from_millis
from insula.kit.errors import NotFound
from insula.kit.ids import is_uuid7, millis_of
from insula.kit.json import loads
from insula.records.interfaces import Range, Record, RecordStore, Stream, system_stream

LOOKED_AT = 5_000
"""How many entries one page looks at when few of them are what is asked for."""

_AT_ONCE = 500
Names = Callable[[Iterable[str | None]], Mapping[str, str]]


class StoredAuditTrail:
    """Reads the stream `_audit` of one tenant."""

    def __init__(self, store: RecordStore, stream: Stream, names: Names) -> None:
        self._store = store
        self._stream = stream
        self._names = names

    def page(self, *, limit: int = 100, after: UUID | None = None, search: Search | None = None) -> AuditPage:
        """Return entries newest first; a page looks at so many entries and no more, and the next one goes on."""
        search = search or Search()
        found: list[AuditEntry] = []
        last: AuditEntry | None = None
        looked = 0
        at_once = min(limit, LOOKED_AT) + 1 if is_empty(search) else _AT_ONCE
        for chunk in self._chunks(search, after, at_once):
            names = self._names(entry.actor for entry in chunk) if search.who else {}
            for entry in chunk:
                if len(found) == limit or looked == LOOKED_AT:
                    return AuditPage(found, last.id if last else None, looked, last.at if last else None)
                looked, last = looked + 1, entry
                if matches(search, entry, names):
                    found.append(entry)
        return AuditPage(found, None, looked, last.at if last else None)

    def walk(self, search: Search) -> Iterator[AuditEntry]:
        """Yield every entry that is asked for, newest first."""
        for chunk in self._chunks(search, None, _AT_ONCE):
            names = self._names(entry.actor for entry in chunk) if search.who else {}
            yield from (entry for entry in chunk if matches(search, entry, names))

    def find(self, id_: UUID) -> AuditEntry:
        """Return one entry; raises NotFound."""
        if is_uuid7(id_):
            at = from_millis(millis_of(id_))
            # The first entry from this id on: it is the one, or there is none.
            before = UUID(int=id_.int - 1)
            wanted = Range(
                start=at, end=at + timedelta(milliseconds=1), newest_first=False, limit=1, after=before
            )
            for record in self._store.read(self._stream, wanted):
                if record.id == id_:
                    return _entry(record)
        raise NotFound("There is no such entry in this trail.")

    def redact(self, id_: UUID) -> None:
        """Erase the body of one entry for good; its place in the chain stays. Raises NotFound."""
        self.find(id_)
        self._store.redact(self._stream, id_)

    def _chunks(self, search: Search, after: UUID | None, size: int) -> Iterator[list[AuditEntry]]:
        while True:
            wanted = Range(search.start, search.end, newest_first=True, limit=size, after=after)
            records = self._store.read(self._stream, wanted)
            if records:
                yield [_entry(record) for record in records]
            if len(records) < size:
                return
            after = records[-1].id


def audit_trail_factory(context: Any, request: Any) -> StoredAuditTrail:
    """Make the service for a request or for work outside of HTTP."""

    def names(actors: Iterable[str | None]) -> Mapping[str, str]:
        return actor_names(request.find_service(Accounts), actors)

    stream = system_stream(request.registry, request.tenant_id, STREAM)
    return StoredAuditTrail(request.find_service(RecordStore), stream, names)


def _entry(record: Record) -> AuditEntry:
    link = link_of(record.series)
    place: dict[str, Any] = (
        {"position": link.position, "previous": link.previous, "hash": link.hash} if link else {}
    )
    body = loads(record.body) if not record.redacted else None
    if body is None:
        return AuditEntry(record.id, record.time, "redacted", None, None, {}, redacted=True, **place)
    origin = body.get("origin") or {}
    return AuditEntry(
        record.id,
        record.time,
        body["event"],
        body["actor"],
        body["request_id"],
        body["payload"],
        address=origin.get("address"),
        scheme=origin.get("scheme"),
        operator=origin.get("operator"),
        text=record.body.decode(),
        **place,
    )
