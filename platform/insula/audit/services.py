"""The audit trail as it lies in the record store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from insula.audit.interfaces import STREAM, AuditEntry, AuditPage
from insula.kit.json import loads
from insula.records.interfaces import Range, Record, RecordStore, Stream, system_stream


class StoredAuditTrail:
    """Reads the stream `_audit` of one tenant."""

    def __init__(self, store: RecordStore, stream: Stream) -> None:
        self._store = store
        self._stream = stream

    def page(self, *, limit: int = 100, after: UUID | None = None) -> AuditPage:
        """Return entries newest first, beginning after an id that an earlier page gave."""
        # One more than asked for tells whether there is a next page.
        found = self._store.read(self._stream, Range(newest_first=True, limit=limit + 1, after=after))
        more = len(found) > limit
        return AuditPage([_entry(record) for record in found[:limit]], found[limit - 1].id if more else None)


def audit_trail_factory(context: Any, request: Any) -> StoredAuditTrail:
    """Make the service for a request or for work outside of HTTP."""
    stream = system_stream(request.registry, request.tenant_id, STREAM)
    return StoredAuditTrail(request.find_service(RecordStore), stream)


def _entry(record: Record) -> AuditEntry:
    body = loads(record.body) if not record.redacted else None
    if body is None:
        return AuditEntry(record.id, record.time, "redacted", None, None, {})
    return AuditEntry(
        record.id, record.time, body["event"], body["actor"], body["request_id"], body["payload"]
    )
