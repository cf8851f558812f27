"""Records that are never lost: into the store or, while it is down, into the outbox and later there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from pyramid.registry import Registry

from insula.db.interfaces import DatabaseFailure, NoConnectionFree
from insula.db.work import tenant_work
from insula.events import shares
from insula.events.interfaces import Delivery, Durability
from insula.events.models import Outbox
from insula.events.settings import EventsSettings
from insula.events.threads import wake
from insula.kit.errors import Unavailable
from insula.kit.settings import settings_of
from insula.observability.log import get
from insula.records.interfaces import (
    NewRecord,
    RecordStore,
    StoreUnavailable,
    Stream,
    StreamNotFound,
    Streams,
    store_of,
)

_EVENT = "records.deferred"
_RECORDS_PER_ROW = 500
_BYTES_PER_ROW = 256 * 1024
_RETRY_AFTER = 30
log = get("insula.events.durable")


class OutboxedRecords:
    """The store first and the outbox second; an answer means that one of the two has every record on disk."""

    def __init__(self, registry: Registry, store: RecordStore) -> None:
        self._registry = registry
        self._store = store
        self._settings = settings_of(registry, EventsSettings)

    def append(self, stream: Stream, rows: Sequence[NewRecord]) -> Durability:
        """Put the rows into the store or, while it is down, into the outbox; say which has them."""
        if not rows:
            return "store"
        try:
            self._store.append(stream, rows)
        except StoreUnavailable as error:
            unconfirmed = set(error.not_written) or {row.id for row in rows}
            try:
                self._defer(stream, [row for row in rows if row.id in unconfirmed], error)
            except (DatabaseFailure, NoConnectionFree) as down:
                message = "Neither the record store nor the database can take records at this moment."
                raise Unavailable(message, retry_after=_RETRY_AFTER) from down
            return "outbox"
        return "store"

    def _defer(self, stream: Stream, rows: list[NewRecord], cause: StoreUnavailable) -> None:
        # A transaction of its own: the caller answers 2xx only once this one is on disk, and a caller that is
        # refused for another reason must not take back what the store may already hold in part.
        with tenant_work(self._registry, stream.tenant_id, writing=True) as work:
            if not self._fits(
                work.db, stream.tenant_id, records=len(rows), size=sum(_size(row) for row in rows)
            ):
                raise Unavailable(
                    "The record store is down and the records that wait for it fill this tenant's share. "
                    "Send them again later.",
                    retry_after=max(_RETRY_AFTER, cause.retry_after or 0),
                ) from cause
            for packed in _packs(rows):
                work.db.add(_outbox_row(stream, packed))
        log.warning("records wait in the outbox", stream=stream.name, records=len(rows), error=repr(cause))
        wake(self._registry)

    def _fits(self, session: Any, tenant_id: UUID, *, records: int, size: int) -> bool:
        waiting, taken = shares.grow(session, tenant_id, records=records, size=size)
        if self._within(waiting, taken):
            return True
        # Only a count that has gone wrong can be full while nothing waits.
        if not shares.forget_if_none_waits(session, tenant_id):
            return False
        return self._within(*shares.grow(session, tenant_id, records=records, size=size))

    def _within(self, records: int, size: int) -> bool:
        return records <= self._settings.overflow_records and size <= self._settings.overflow_bytes


def append_to_store(delivery: Delivery, work: Any) -> None:
    """Consumer: append what was deferred; the ids were given before, so a second delivery changes nothing."""
    streams: Streams = work.find_service(Streams)
    stream = streams.by_name(delivery.payload["stream"])
    if str(stream.id) != delivery.payload["stream_id"]:
        raise StreamNotFound(
            f"The stream {stream.name!r} these records were sent to has been declared anew since."
        )
    rows = [
        NewRecord(id=UUID(id_), series=series, body=body.encode())
        for id_, series, body in delivery.payload["records"]
    ]
    store_of(work.registry).append(stream, rows)


def durable_records_factory(context: Any, request: Any) -> OutboxedRecords:
    """Make the service for a request or for work outside of HTTP."""
    return OutboxedRecords(request.registry, request.find_service(RecordStore))


def _outbox_row(stream: Stream, rows: list[NewRecord]) -> Outbox:
    return Outbox(
        tenant_id=stream.tenant_id,
        consumer=shares.RECORDS,
        event=_EVENT,
        payload={
            "stream": stream.name,
            "stream_id": str(stream.id),
            "records": [[str(row.id), row.series, row.body.decode()] for row in rows],
        },
        partition_key=str(stream.id),
        records=len(rows),
        size=sum(_size(row) for row in rows),
    )


def _packs(rows: Sequence[NewRecord]) -> Iterator[list[NewRecord]]:
    pack: list[NewRecord] = []
    size = 0
    for row in rows:
        if pack and (len(pack) >= _RECORDS_PER_ROW or size + _size(row) > _BYTES_PER_ROW):
            yield pack
            pack, size = [], 0
        pack.append(row)
        size += _size(row)
    if pack:
        yield pack


def _size(row: NewRecord) -> int:
    return len(row.body) + len(row.series) + 16
