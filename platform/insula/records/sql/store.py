"""The record store in SQL, in all that SQLite and PostgreSQL share."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Engine

from insula.kit.clock import millis, now
from insula.kit.errors import ConfigurationError
from insula.kit.ids import millis_of
from insula.observability.health import HealthState
from insula.records.interfaces import Bucket, NewRecord, OrderNotKept, Range, Record, StoreUnavailable, Stream
from insula.records.rows import (
    END_ID,
    FIRST_ID,
    MINUTE,
    REDACTED,
    Cut,
    between,
    bounds,
    check_order,
    checked,
    cuts_of,
    id_at,
    record,
)
from insula.records.sql import statements
from insula.records.steps import Step, outstanding

CHUNK = 5_000


class SQLRecordStore(ABC):
    """Keeps records in one table with two orders: the primary key's is time, an index has the series."""

    #: The steps that make the tables, and what stands before a table's name.
    steps: Sequence[Step]

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._engine: Engine | None = None
        self._pid = 0

    def append(self, stream: Stream, rows: Sequence[NewRecord]) -> None:
        ordered = checked(rows)
        written = 0
        try:
            for chunk in _chunks(ordered):
                cuts = {cut.number: cut for cut, _ in cuts_of(stream, chunk)}
                self._insert(stream, list(cuts.values()), chunk)
                written += len(chunk)
        except StoreUnavailable as error:
            missing = [row.id for row in ordered[written:]]
            raise StoreUnavailable(error.detail, not_written=missing) from error

    def read(self, stream: Stream, wanted: Range) -> list[Record]:
        check_order(stream, wanted.series)
        if "\0" in (wanted.series or ""):
            return []  # No record has such a series, and PostgreSQL refuses to look for one.
        low, high = bounds(wanted)
        values = self._values(stream, low=low, high=high, limit=wanted.limit, series=wanted.series)
        statement = statements.READ[wanted.series is not None, wanted.newest_first]
        return self._records(self._query(stream.tenant_id, statement, values))

    def latest(
        self, stream: Stream, *, series: str | None = None, limit: int = 100, since: datetime | None = None
    ) -> list[Record]:
        if series is not None or (stream.order == "time" and stream.series_field is None):
            return self.read(stream, Range(start=since, series=series, limit=1))
        if stream.order == "time":
            raise OrderNotKept(f"The stream {stream.name} keeps its records by time only.")
        values = self._values(stream, low=id_at(since, FIRST_ID), high=END_ID, limit=limit)
        return self._records(self._query(stream.tenant_id, statements.LATEST, values))

    def buckets(self, stream: Stream) -> list[Bucket]:
        rows = self._query(stream.tenant_id, statements.BUCKETS, self._values(stream))
        return [Cut(number, number * MINUTE, ends * MINUTE, shards).public() for number, ends, shards in rows]

    def count(self, stream: Stream, *, start: datetime | None = None, end: datetime | None = None) -> int:
        low, high = between(start, end)
        rows = self._query(stream.tenant_id, statements.COUNT, self._values(stream, low=low, high=high))
        return int(rows[0][0])

    def redact(self, stream: Stream, id: UUID) -> bool:  # noqa: A002  # the promise's word
        # A redaction is newer than any append of the same id, also where that id lies a little ahead of the clock.
        written = max(millis(now()), millis_of(id) + 1) * 1000
        values = self._values(stream, id=id, body=REDACTED, written=written)
        return self._change(stream.tenant_id, statements.REDACT, values) > 0

    def expire(self, stream: Stream, before: datetime, *, limit: int) -> int:
        _, high = between(None, before)
        values = self._values(stream, high=high, limit=limit)
        gone = self._remove(stream.tenant_id, statements.EXPIRE, values)
        if gone < limit:
            ends = self._values(stream, ends=millis_of(high) // MINUTE)
            self._remove(stream.tenant_id, statements.FORGET_BUCKETS, ends)
        return gone

    def ready(self) -> HealthState:
        try:
            waiting = self.pending()
        except StoreUnavailable as error:
            return HealthState(False, str(error.__cause__ or error).partition("\n")[0])
        except ConfigurationError as error:
            return HealthState(False, str(error))
        return HealthState(not waiting, f"not migrated: {', '.join(waiting)}" if waiting else self._kind())

    def pending(self) -> list[str]:
        return [step.name for step in outstanding(self.steps, self._applied())]

    def close(self) -> None:
        with self._lock:
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose(close=self._pid == os.getpid())

    def _records(self, rows: Sequence[Sequence[Any]]) -> list[Record]:
        return [record(self._uuid(row[0]), row[1], row[2]) for row in rows]

    def _values(self, stream: Stream, **more: object) -> dict[str, Any]:
        values = {"tenant": stream.tenant_id, "stream": stream.id, **more}
        return {
            name: self._bound(value) if isinstance(value, UUID) else value for name, value in values.items()
        }

    def _own_engine(self) -> Engine:
        """Return this process's engine: sockets and locks of a parent are left to the parent."""
        with self._lock:
            if self._engine is None or self._pid != os.getpid():
                if self._engine is not None:
                    self._engine.dispose(close=False)
                self._engine, self._pid = self._connect(), os.getpid()
            return self._engine

    @abstractmethod
    def migrate(self) -> list[str]:
        """Apply the steps that are waiting."""

    @abstractmethod
    def _connect(self) -> Engine:
        """Make the engine of this process."""

    @abstractmethod
    def _insert(self, stream: Stream, cuts: Sequence[Cut], rows: Sequence[NewRecord]) -> None:
        """Store rows and the buckets they lie in, in one transaction."""

    @abstractmethod
    def _query(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> list[Any]:
        """Return the rows of one statement, read as this tenant."""

    @abstractmethod
    def _change(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> int:
        """Run one changing statement as this tenant and return how many rows it met."""

    def _remove(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> int:
        """Run one deleting statement as this tenant and return how many rows it met."""
        return self._change(tenant_id, statement, values)

    @abstractmethod
    def _applied(self) -> dict[str, str]:
        """Return name → checksum of the steps that the store has."""

    @abstractmethod
    def _kind(self) -> str:
        """Name the store in a word."""

    @abstractmethod
    def _bound(self, value: UUID) -> Any:
        """Return an id as the driver wants it."""

    @abstractmethod
    def _uuid(self, value: Any) -> UUID:
        """Return an id as the driver gave it."""


def _chunks(rows: list[NewRecord]) -> list[list[NewRecord]]:
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
