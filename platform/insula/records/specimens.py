"""Streams and rows for tests of whatever keeps or reads records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from insula.kit.clock import millis
from insula.kit.ids import uuid7, uuid7_at
from insula.records.interfaces import NewRecord, Range, Record, RecordStore, Stream

START = datetime(2024, 2, 28, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Store = RecordStore


def stream_of(tenant_id: UUID | None = None, **more: Any) -> Stream:
    """Return a new stream, ordered both ways unless told otherwise, of a new tenant unless told which."""
    values: dict[str, Any] = {
        "name": "readings",
        "title": "Readings",
        "order": "both",
        "series_field": "device",
    }
    if more.get("order") == "time":
        values["series_field"] = None
    return Stream(tenant_id=tenant_id or uuid7(), id=uuid7(), **(values | more))


def rows_of(
    count: int, *, start: datetime = START, step: timedelta = HOUR, series: int = 3
) -> list[NewRecord]:
    """Return rows at even steps, their series in turn, their ids in the order of time."""
    random = Random(count)  # noqa: S311  # nothing secret: the same rows each time make a failure repeatable
    return [
        NewRecord(
            uuid7_at(millis(start + number * step), random.randbytes(10)),
            f"device-{number % series}" if series else "",
            b'{"number": %d}' % number,
        )
        for number in range(count)
    ]


def ids(rows: Iterable[NewRecord | Record]) -> list[UUID]:
    """Return the ids of rows."""
    return [row.id for row in rows]


def pages(store: Store, stream: Stream, wanted: Range) -> list[Record]:
    """Read a range page by page to its end."""
    found: list[Record] = []
    after: UUID | None = None
    while True:
        page = store.read(
            stream,
            Range(wanted.start, wanted.end, wanted.series, wanted.newest_first, wanted.limit, after),
        )
        found += page
        if len(page) < wanted.limit:
            return found
        after = page[-1].id


def reads(rows: Sequence[NewRecord]) -> list[Callable[[Store, Stream], object]]:
    """Return every way to read a stream, each of which finds something where these rows are."""
    return [
        lambda store, stream: store.read(stream, Range()),
        lambda store, stream: store.read(stream, Range(newest_first=False)),
        lambda store, stream: store.read(stream, Range(series="device-1")),
        lambda store, stream: store.read(stream, Range(series="device-1", newest_first=False)),
        lambda store, stream: store.read(stream, Range(after=rows[5].id)),
        lambda store, stream: store.latest(stream),
        lambda store, stream: store.latest(stream, series="device-1"),
        lambda store, stream: store.buckets(stream),
        lambda store, stream: store.count(stream),
        lambda store, stream: store.count(stream, start=START, end=START + 3 * HOUR),
    ]
