"""What every store does alike: checking rows, cutting time into buckets, and turning a range into ids."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zlib import crc32

from insula.kit.clock import from_millis, millis
from insula.kit.errors import FieldError, Invalid
from insula.kit.ids import is_uuid7, millis_of, uuid7_at
from insula.records.interfaces import (
    MAX_BODY_BYTES,
    MAX_SERIES_BYTES,
    Bucket,
    Layout,
    NewRecord,
    OrderNotKept,
    Range,
    Record,
    Stream,
)

MINUTE = 60_000
LAST_MILLIS = 127_174_492_799_999  # before the year 6000: a minute still fits into 32 bits
FIRST_ID = uuid7_at(0, bytes(10))
END_ID = uuid7_at(LAST_MILLIS + 1, bytes(10))

#: What is stored in place of a redacted body: no JSON text is empty, so it cannot be mistaken for one.
REDACTED = b""


@dataclass(frozen=True, slots=True)
class Cut:
    """A bucket in the units that stores compute with."""

    number: int
    start: int
    end: int
    shards: int

    def public(self) -> Bucket:
        """Return the bucket as the promise spells it."""
        return Bucket(self.number, from_millis(self.start), from_millis(self.end), self.shards)


@lru_cache(maxsize=4096)
def _starts(layout: tuple[Layout, ...]) -> tuple[int, ...]:
    starts = tuple(millis(part.valid_from) for part in layout)
    if not starts or starts[0] != 0 or list(starts) != sorted(set(starts)):
        raise ValueError("The layouts of a stream start in 1970 and follow each other in time.")
    return starts


def cut_at(layout: tuple[Layout, ...], at: int) -> Cut:
    """Return the bucket of a moment (in milliseconds), by the layout that is valid there."""
    starts = _starts(layout)
    index = bisect_right(starts, at) - 1
    width = layout[index].width_seconds * 1000
    aligned = at - at % width
    # A bucket ends where the next layout begins, and the first of a layout begins there too: no two overlap.
    end = aligned + width
    if index + 1 < len(starts):
        end = min(end, starts[index + 1])
    start = max(aligned, starts[index])
    return Cut(start // MINUTE, start, end, layout[index].shards)


def cuts_of(stream: Stream, rows: Iterable[NewRecord]) -> Iterator[tuple[Cut, NewRecord]]:
    """Pair each row with its bucket."""
    cut = Cut(0, 0, 0, 1)
    for row in rows:
        at = millis_of(row.id)
        if not cut.start <= at < cut.end:
            cut = cut_at(stream.layout, at)
        yield cut, row


def shard_of(stream: Stream, cut: Cut, row: NewRecord) -> int:
    """Return the shard of a row: by series where the stream keeps series together, else by id.

    It follows from the row alone, so that a retry always meets the row that it repeats.
    """
    if cut.shards == 1:
        return 0
    return crc32(row.id.bytes) % cut.shards if stream.order == "time" else shard_of_series(cut, row.series)


def shard_of_series(cut: Cut, series: str) -> int:
    """Return the one shard of a bucket that holds a series."""
    return crc32(series.encode()) % cut.shards


def checked(rows: Sequence[NewRecord]) -> list[NewRecord]:
    """Return the rows in the order of their ids, each id once, or raise `Invalid` naming the positions."""
    errors = [
        FieldError(f"[{position}].{member}", detail)
        for position, row in enumerate(rows)
        for member, detail in _faults(row)
    ]
    if errors:
        raise Invalid("Some records cannot be stored.", errors=errors)
    unique = {row.id: row for row in rows}
    return [unique[key] for key in sorted(unique)]


def _faults(row: NewRecord) -> Iterator[tuple[str, str]]:
    if not is_uuid7(row.id):
        yield "id", "is not a UUIDv7"
    elif millis_of(row.id) > LAST_MILLIS:
        yield "id", "lies too far ahead"
    if len(row.series) * 4 > MAX_SERIES_BYTES and len(row.series.encode()) > MAX_SERIES_BYTES:
        yield "series", f"is longer than {MAX_SERIES_BYTES} bytes"
    if "\0" in row.series:
        yield "series", "contains a NUL character"
    if not row.body:
        yield "body", "is empty"
    elif len(row.body) > MAX_BODY_BYTES:
        yield "body", f"is longer than {MAX_BODY_BYTES} bytes"


def id_at(at: datetime | None, otherwise: UUID) -> UUID:
    """Return the first id of a moment; before 1970 and after the last year there is none, which is no mistake."""
    if at is None:
        return otherwise
    at_millis = millis(at)
    if at_millis < 0:
        return FIRST_ID
    return END_ID if at_millis > LAST_MILLIS else uuid7_at(at_millis, bytes(10))


def bounds(wanted: Range) -> tuple[UUID, UUID]:
    """Return the first id of a page's range and the first id beyond it, `after` taken into account.

    A start that is not on a whole millisecond means the next one: ids know milliseconds only.
    """
    low, high = between(wanted.start, wanted.end)
    if wanted.after is None:
        return low, high
    if wanted.newest_first:
        return low, min(high, wanted.after)
    return max(low, UUID(int=wanted.after.int + 1)), high


def between(start: datetime | None, end: datetime | None) -> tuple[UUID, UUID]:
    """Return the first id from `start` on and the first id from `end` on."""
    return id_at(_ceiled(start), FIRST_ID), id_at(_ceiled(end), END_ID)


def _ceiled(at: datetime | None) -> datetime | None:
    if at is None or at.microsecond % 1000 == 0:
        return at
    return from_millis(millis(at) + 1)


def check_order(stream: Stream, series: str | None) -> None:
    """Refuse a read in an order that the stream does not keep."""
    if series is None and stream.order == "series":
        raise OrderNotKept(f"The stream {stream.name} keeps its records by series only: name one.")
    if series is not None and stream.order == "time":
        raise OrderNotKept(
            f"The stream {stream.name} keeps its records by time only: read it without a series."
        )


def record(id: UUID, series: str, body: bytes) -> Record:  # noqa: A002  # the record's own word
    """Return a stored row as the promise spells it."""
    time = from_millis(millis_of(id))
    return (
        Record(id, time, series, body)
        if body != REDACTED
        else Record(id, time, series, b"null", redacted=True)
    )
