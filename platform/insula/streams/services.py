"""Takes records in: read, judged, named, stored, and only then acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import IO, Any
from uuid import UUID

from insula.api.interfaces import IdempotencyKeys, KeptAnswer, Sender
from insula.db.work import tenant_work
from insula.events.interfaces import DurableRecords
from insula.kit.clock import now
from insula.kit.errors import FieldError, Invalid
from insula.kit.json import dumps
from insula.records.interfaces import NewRecord, Stream
from insula.streams.bodies import pieces, received
from insula.streams.drafts import Draft, Drafting, MakesIds, rows
from insula.streams.ids import KeyedIds, RandomIds
from insula.streams.interfaces import Delivery, Ingest, Ingested
from insula.streams.schemas import CompiledSchema, schemas_of
from insula.streams.settings import StreamsSettings

CREATED = 201


class DurableIngest:
    """Stores records through `DurableRecords`, with its keys in transactions that end before the store is called."""

    def __init__(
        self,
        durable: DurableRecords,
        keys: IdempotencyKeys,
        own_work: Callable[[], AbstractContextManager[Any]],
        schema_of: Callable[[Stream], CompiledSchema],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._durable, self._keys, self._own_work = durable, keys, own_work
        self._schema_of, self._clock = schema_of, clock

    def take(
        self,
        stream: Stream,
        body: IO[bytes],
        *,
        media: str,
        account_id: UUID,
        endpoint: str,
        key: str | None,
        limits: StreamsSettings,
    ) -> KeptAnswer:
        """Store the records of a body, and return the answer."""
        sender = Sender(account_id, endpoint, key) if key is not None else None
        with received(body, limits.max_body_bytes) as (kept, body_hash):
            return self._take(stream, kept, body_hash, media=media, sender=sender, limits=limits)

    def _take(
        self,
        stream: Stream,
        body: IO[bytes],
        body_hash: bytes,
        *,
        media: str,
        sender: Sender | None,
        limits: StreamsSettings,
    ) -> KeptAnswer:
        known = self._keys.peek(sender, body_hash) if sender else None
        if known and known.answer:
            return known.answer
        drafting = Drafting(
            stream,
            self._schema_of(stream),
            # A retry is judged by the clock of the first attempt, so that it accepts the very same records.
            now=known.arrived if known else self._clock(),
            max_records=limits.max_records_per_request,
            max_record_bytes=limits.max_record_bytes,
            max_record_visits=limits.max_visits_per_record,
            max_visits=limits.max_visits_per_request,
        )
        found = drafting.sort(pieces(body, media))
        if not found.accepted:
            errors = found.refused or [FieldError("", "The body holds no record.")]
            raise Invalid("No record was accepted.", errors=errors)
        if sender is None:
            ready = rows(found.accepted, arrived=self._clock(), ids=RandomIds())
            return self._store(stream, ready, found.refused, "at-least-once")
        return self._take_once(stream, sender, body_hash, found.accepted, found.refused)

    def _take_once(
        self,
        stream: Stream,
        sender: Sender,
        body_hash: bytes,
        drafts: Sequence[Draft],
        refused: Sequence[FieldError],
    ) -> KeptAnswer:
        with self._own_work() as work:
            claim = work.find_service(IdempotencyKeys).claim(sender, body_hash)
        if claim.answer:
            return claim.answer  # type: ignore[no-any-return]  # services are found untyped
        ids: MakesIds = KeyedIds(
            tenant_id=stream.tenant_id, stream_id=stream.id, account_id=sender.account_id, key=sender.key
        )
        answered = False
        try:
            answer = self._store(
                stream, rows(drafts, arrived=claim.arrived, ids=ids), refused, "exactly-once"
            )
            with self._own_work() as work:
                work.find_service(IdempotencyKeys).keep(sender, answer)
            answered = True
        finally:
            if not answered:
                # The first arrival stays: what part of the rows was stored, a retry meets under the same ids.
                with self._own_work() as work:
                    work.find_service(IdempotencyKeys).release(sender)
        return answer

    def _store(
        self, stream: Stream, ready: Sequence[NewRecord], refused: Sequence[FieldError], delivery: Delivery
    ) -> KeptAnswer:
        durable = self._durable.append(stream, ready)
        outcome = Ingested([row.id for row in ready], refused, durable, delivery)
        return KeptAnswer(CREATED, dumps(outcome.document()))


def ingest_factory(context: object, request: Any) -> Ingest:  # what pyramid_services calls
    """Make the service for a request or for work outside of HTTP."""
    return DurableIngest(
        request.find_service(DurableRecords),
        request.find_service(IdempotencyKeys),
        partial(tenant_work, request.registry, request.tenant_id, writing=True),
        partial(_schema_of, request),
    )


def _schema_of(request: Any, stream: Stream) -> CompiledSchema:
    version = request.db.versions.get("streams", 0)
    return schemas_of(request.registry).get(stream.id, version, stream.schema)
