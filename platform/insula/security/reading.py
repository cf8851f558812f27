"""Recorded decisions as they lie in the record store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.events.interfaces import Events
from insula.kit.clock import from_millis
from insula.kit.errors import NotFound
from insula.kit.ids import millis_of
from insula.records.interfaces import Range, Record, RecordStore, Stream, system_stream
from insula.security.cedar.schema import ACCOUNT
from insula.security.events import DecisionsForgotten
from insula.security.interfaces import (
    DECISIONS,
    DecisionFilter,
    DecisionsPage,
    Forgotten,
    RecordedDecision,
    Sees,
)
from insula.security.interfaces.decisions import MAX_LOOKED_AT
from insula.security.recorded import decode, record_id

if TYPE_CHECKING:
    from pyramid.request import Request

_CHUNK: Final = 500
_LOOKED_AT: Final = 5_000
_MILLISECOND: Final = timedelta(milliseconds=1)


def decisions_factory(_context: object, request: Request) -> StoredDecisions:
    """Return the recorded decisions of the request's tenant."""
    stream = system_stream(request.registry, request.tenant_id, DECISIONS)
    store, events = request.find_service(RecordStore), request.find_service(Events)
    return StoredDecisions(request.db, store, stream, events)


class StoredDecisions:
    """Reads the stream `_decisions` of one tenant."""

    def __init__(self, session: Any, store: RecordStore, stream: Stream, events: Events) -> None:
        self._session = session
        self._store = store
        self._stream = stream
        self._events = events

    def page(
        self,
        *,
        limit: int = 100,
        after: UUID | None = None,
        wanted: DecisionFilter | None = None,
        sees: Sees | None = None,
    ) -> DecisionsPage:
        """Return decisions newest first; a page looks at a bounded number of records, whatever the filter."""
        wanted = wanted or DecisionFilter()
        found: list[RecordedDecision] = []
        looked = 0
        while looked < _LOOKED_AT:
            records = self._read(wanted, after)
            for place, record in enumerate(records):
                after = record.id
                decision = decode(record)
                if decision is None or not wanted.fits(decision):
                    continue
                if wanted.thing and sees is not None and not sees(decision.lineage):
                    continue
                found.append(decision)
                if len(found) == limit:
                    more = place + 1 < len(records) or len(records) == _CHUNK
                    return DecisionsPage(found, after if more else None)
            looked += len(records)
            if len(records) < _CHUNK:
                return DecisionsPage(found, None)
        return DecisionsPage(found, after)

    def forget(self, account_id: str, *, most: int = MAX_LOOKED_AT) -> Forgotten:
        """Erase what was recorded about an account: what it asked, and what others asked about it."""
        erased = looked = 0
        after: UUID | None = None
        while looked < most:
            records = self._read(DecisionFilter(), after)
            for record in records:
                after = record.id
                decision = decode(record)
                if decision is not None and _about(decision, account_id):
                    erased += self._store.redact(self._stream, record.id)
            looked += len(records)
            if len(records) < _CHUNK:
                break
        else:
            return self._told(account_id, erased, more=True)
        return self._told(account_id, erased, more=False)

    def _told(self, account_id: str, erased: int, *, more: bool) -> Forgotten:
        # The store was asked without the one lock that SQLite has for rows.
        self._session.begin_writing()
        self._events.emit(DecisionsForgotten(account=account_id, erased=erased))
        return Forgotten(erased, more)

    def _read(self, wanted: DecisionFilter, after: UUID | None) -> Sequence[Record]:
        page = Range(start=wanted.start, end=wanted.end, newest_first=True, limit=_CHUNK, after=after)
        return self._store.read(self._stream, page)

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


def _about(decision: RecordedDecision, account_id: str) -> bool:
    return decision.account_id == account_id or any(
        (entity.type, entity.id) == (ACCOUNT, account_id) for entity in decision.lineage
    )
