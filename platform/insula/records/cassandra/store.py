"""The record store in Cassandra: appends, redactions and upkeep; reading is the class beneath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from time import monotonic
from typing import Any
from uuid import UUID

from cassandra.query import BatchStatement, BatchType

from insula.kit.clock import millis, now
from insula.kit.errors import ConfigurationError
from insula.kit.ids import millis_of
from insula.observability.health import HealthState
from insula.records.cassandra.appending import Appending
from insula.records.cassandra.link import Link, Place
from insula.records.cassandra.migrator import CassandraMigrator
from insula.records.cassandra.reads import CassandraReads
from insula.records.interfaces import KEPT_DAYS, NewRecord, StoreUnavailable, Stream
from insula.records.ledger import Ledger
from insula.records.rows import MINUTE, REDACTED, Cut, checked, cut_at, cuts_of, shard_of

BATCH_ROWS = 50
BATCH_BYTES = 65_536
BUCKETS_AT_ONCE = 100

# The row of a bucket outlives the youngest record in it: each process writes it again once a day.
BUCKET_CACHED_SECONDS = 86_400
BUCKET_TTL = {kept: (days + 30) * 86_400 if days else 0 for kept, days in KEPT_DAYS.items()}
BUCKETS_CACHED = 50_000

Placed = tuple[Cut, int, NewRecord]


class CassandraRecordStore(CassandraReads):
    """Keeps records in two tables for each class of retention, one by time and one by series."""

    def __init__(
        self, place: Place, *, replication: str, window_days: int = 14, ledger: Ledger | None = None
    ) -> None:
        super().__init__(place)
        self._migrator = CassandraMigrator(self.link, place.keyspace, replication, window_days, ledger)
        self._noted: dict[tuple[UUID, UUID, int], float] = {}

    def append(self, stream: Stream, rows: Sequence[NewRecord]) -> None:
        ordered = checked(rows)
        if not ordered:
            return
        link = self.link()
        appending = Appending(
            link, (row.id for row in ordered), "write" if len(ordered) <= BATCH_ROWS else "bulk"
        )
        try:
            placed = [(cut, shard_of(stream, cut, row), row) for cut, row in cuts_of(stream, ordered)]
            # A record in a bucket that is not listed would not be found, so the list comes first.
            self._list_buckets(link, appending, stream, {cut.number: cut for cut, _, _ in placed}.values())
            for batch, ids in self._batches(link, stream, placed):
                appending.send(batch, ids)
            appending.settle()
        except StoreUnavailable as error:
            raise appending.given_up(error) from error

    def redact(self, stream: Stream, id: UUID) -> bool:  # noqa: A002  # the promise's word
        link = self.link()
        found = self._find(link, stream, id)
        if found is None:
            return False
        cut, shard, series, ttl = found
        # A redaction is newer than any append of the same id, also where that id lies a little ahead of the clock.
        head = (max(millis(now()), millis_of(id) + 1) * 1000, ttl, REDACTED)
        key = (stream.tenant_id, stream.id, cut.number, shard)
        batch = _batch()
        if stream.order != "series":
            batch.add(link.prepared(f"redact-{stream.retention}"), (*head, *key, id))
        if stream.order != "time":
            batch.add(link.prepared(f"redact-series-{stream.retention}"), (*head, *key, series, id))
        link.ask(batch, profile="write")
        return True

    def expire(self, stream: Stream, before: datetime, *, limit: int) -> int:
        return 0  # Each record carries its own end.

    def ready(self) -> HealthState:
        try:
            waiting = self.pending()
        except StoreUnavailable as error:
            return HealthState(False, error.detail)
        except ConfigurationError as error:
            return HealthState(False, str(error))
        return HealthState(not waiting, f"not migrated: {', '.join(waiting)}" if waiting else "cassandra")

    def migrate(self) -> list[str]:
        return self._migrator.migrate()

    def pending(self) -> list[str]:
        return self._migrator.pending()

    def close(self) -> None:
        self._noted.clear()
        self.link().close()

    def _list_buckets(self, link: Link, appending: Appending, stream: Stream, cuts: Iterable[Cut]) -> None:
        fresh = monotonic() - BUCKET_CACHED_SECONDS
        keys = {cut: (stream.tenant_id, stream.id, cut.number) for cut in cuts}
        unlisted = [cut for cut, key in keys.items() if self._noted.get(key, fresh) <= fresh]
        if not unlisted:
            return
        insert = link.prepared("insert-bucket")
        ttl = BUCKET_TTL[stream.retention]
        for start in range(0, len(unlisted), BUCKETS_AT_ONCE):
            batch = _batch()
            for cut in unlisted[start : start + BUCKETS_AT_ONCE]:
                batch.add(insert, (*keys[cut], cut.end // MINUTE, cut.shards, ttl))
            appending.send(batch, [])
        appending.settle()
        if len(self._noted) > BUCKETS_CACHED:
            self._noted.clear()
        self._noted.update(dict.fromkeys((keys[cut] for cut in unlisted), monotonic()))

    def _batches(
        self, link: Link, stream: Stream, placed: list[Placed]
    ) -> Iterator[tuple[BatchStatement, list[UUID]]]:
        """Yield batches for one partition each; both rows of a record are in the same one."""
        inserts: list[Any] = []
        if stream.order != "series":
            inserts.append(link.prepared(f"insert-{stream.retention}"))
        if stream.order != "time":
            inserts.append(link.prepared(f"insert-series-{stream.retention}"))
        if any(cut.shards > 1 for cut, _, _ in placed):
            placed.sort(key=lambda item: (item[0].number, item[1]))
        for (number, shard), part in groupby(placed, key=lambda item: (item[0].number, item[1])):
            key = (stream.tenant_id, stream.id, number, shard)
            batch, ids, size = _batch(), list[UUID](), 0
            for _, _, row in part:
                if ids and (len(ids) >= BATCH_ROWS or size + len(row.body) > BATCH_BYTES):
                    yield batch, ids
                    batch, ids, size = _batch(), [], 0
                # The time of the id is the time of the write, so a repeated append is byte for byte the same.
                values = (*key, row.id, row.series, row.body, millis_of(row.id) * 1000)
                for insert in inserts:
                    batch.add(insert, values)
                ids.append(row.id)
                size += len(row.body)
            yield batch, ids

    def _find(self, link: Link, stream: Stream, wanted: UUID) -> tuple[Cut, int, str, int] | None:
        cut = cut_at(stream.layout, millis_of(wanted))
        for shard in range(cut.shards):
            key = (stream.tenant_id, stream.id, cut.number, shard)
            if stream.order == "series":
                rows = link.ask(link.prepared(f"ids-series-{stream.retention}").bind(key), profile="bulk")
            else:
                rows = link.ask(link.prepared(f"find-{stream.retention}").bind((*key, wanted)))
            for found, series, ttl in rows:
                if found == wanted:
                    return cut, shard, series, ttl or 0
        return None


def _batch() -> BatchStatement:
    batch = BatchStatement(BatchType.UNLOGGED)
    batch.is_idempotent = True
    return batch
