"""Recorded decisions as they lie in the record store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from insula.kit.clock import from_millis
from insula.kit.errors import NotFound
from insula.kit.ids import millis_of
from insula.records.interfaces import Range, RecordStore, Stream, system_stream
from insula.security.interfaces import DECISIONS, DecisionsPage, RecordedDecision
from insula.security.recorded import decode, record_id

if TYPE_CHECKING:
    from pyramid.request import Request

_CHUNK: Final = 500
_LOOKED_AT: Final = 5_000
_MILLISECOND: Final = timedelta(milliseconds=1)


def decisions_factory(_context: object, request: Request) -> StoredDecisions:
    """Return the recorded decisions of the request's tenant."""
    stream = system_stream(request.registry, request.tenant_id, DECISIONS)
    return StoredDecisions(request.find_service(RecordStore), stream)


class StoredDecisions:
    """Reads the stream `_decisions` of one tenant."""

    def __init__(self, store: RecordStore, stream: Stream) -> None:
        self._store = store
        self._stream = stream

    def page(
        self,
        *,
        limit: int = 100,
        after: UUID | None = None,
        action: str | None = None,
        allowed: bool | None = None,
    ) -> DecisionsPage:
        """Return decisions newest first; a page looks at a bounded number of records, whatever the filter."""
        found: list[RecordedDecision] = []
        looked = 0
        while looked < _LOOKED_AT:
            records = self._store.read(self._stream, Range(newest_first=True, limit=_CHUNK, after=after))
            for place, record in enumerate(records):
                after = record.id
                decision = decode(record)
                if decision is None or action not in {None, decision.action}:
                    continue
                if allowed in {None, decision.allowed}:
                    found.append(decision)
                if len(found) == limit:
                    more = place + 1 < len(records) or len(records) == _CHUNK
                    return DecisionsPage(found, after if more else None)
            looked += len(records)
            if len(records) < _CHUNK:
                return DecisionsPage(found, None)
        return DecisionsPage(found, after)

    def find(self, decision_id: str) -> RecordedDecision:
        """Return one decision; its name says where its record lies."""
        wanted = record_id(decision_id)
        start = from_millis(millis_of(wanted))
        nearby = Range(start=start, end=start + _MILLISECOND, limit=_CHUNK)
        record = next((each for each in self._store.read(self._stream, nearby) if each.id == wanted), None)
        decision = decode(record) if record is not None else None
        if decision is None or decision.id != decision_id:
            raise NotFound("There is no such decision on record.")
        return decision
