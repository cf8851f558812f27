"""The promise of a record store, the catalogue of streams, and the values both speak in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

from insula.kit.errors import Invalid, NotFound, Unavailable
from insula.records.ids import derived_id, earliest_id, latest_id, system_stream_id

if TYPE_CHECKING:
    from insula.observability.health import HealthState

__all__ = [
    "Bucket",
    "Expiry",
    "Layout",
    "NewRecord",
    "OrderNotKept",
    "Range",
    "Record",
    "RecordStore",
    "StoreUnavailable",
    "Stream",
    "StreamNotFound",
    "Streams",
    "SystemStream",
    "derived_id",
    "earliest_id",
    "expire_records",
    "latest_id",
    "store_of",
    "system_stream",
    "system_stream_id",
    "system_streams",
]

Order = Literal["time", "series", "both"]
Retention = Literal["30d", "400d", "keep"]

#: How many days a class keeps its records; None is for good.
KEPT_DAYS: Mapping[Retention, int | None] = {"30d": 30, "400d": 400, "keep": None}

#: How a declared stream may be called; a system stream has an underscore before it.
NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")

#: The longest page that one read may ask for.
MAX_LIMIT = 10_000

#: The longest series name, in UTF-8 bytes: it is part of a clustering key.
MAX_SERIES_BYTES = 512

#: The largest body, in bytes; whoever takes records in may allow less.
MAX_BODY_BYTES = 1_048_576

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the records of a stream are cut into partitions from one moment on."""

    valid_from: datetime = EPOCH
    width_seconds: int = 86_400
    shards: int = 1

    def __post_init__(self) -> None:
        """Refuse what could not be told apart later: a bucket is named by the minute it starts in."""
        if self.width_seconds < 60 or self.width_seconds % 60 or self.valid_from.timestamp() % 60:
            raise ValueError("A layout starts at a whole minute and its buckets last whole minutes.")
        if not 1 <= self.shards <= 1024:
            raise ValueError(f"shards must be between 1 and 1024, not {self.shards}")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of time that holds records of a stream; `number` is its start in minutes since 1970."""

    number: int
    start: datetime
    end: datetime
    shards: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A declared append-only flow of one tenant.

    `time_field` and `series_field` name top-level members of a record's body; they matter to whoever
    takes records in, the store only sees ids and series. `backfill_days` says how far back a declared time may lie.
    """

    tenant_id: UUID
    id: UUID
    name: str
    title: str
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    time_field: str | None = None
    series_field: str | None = None
    order: Order = "time"
    retention: Retention = "400d"
    backfill_days: int = 400
    layout: tuple[Layout, ...] = (Layout(),)
    system: bool = False


@dataclass(frozen=True, slots=True)
class SystemStream:
    """A stream that every tenant has without declaring it, such as `_audit`."""

    name: str
    title: str
    retention: Retention = "400d"
    order: Order = "time"
    backfill_days: int = 400


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be stored: its UUIDv7 carries its time; `body` is the UTF-8 JSON as it came."""

    id: UUID
    series: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """A stored record; after a redaction `body` is `null` and `redacted` is true."""

    id: UUID
    time: datetime
    series: str
    body: bytes
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Which records to read: `start` is included, `end` is not, `after` is the last id already seen."""

    start: datetime | None = None
    end: datetime | None = None
    series: str | None = None
    newest_first: bool = True
    limit: int = 100
    after: UUID | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"limit must be between 1 and {MAX_LIMIT}, not {self.limit}")


class StoreUnavailable(Unavailable):
    """The store did not confirm; `not_written` are the ids that may or may not be stored.

    All of them may be sent again: an append is idempotent by id.
    """

    def __init__(
        self,
        detail: str = "The record store is not available.",
        *,
        not_written: Sequence[UUID] = (),
        retry_after: int = 2,
    ) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.not_written = tuple(not_written)


class OrderNotKept(Invalid):
    """The stream does not keep its records in the order that was asked for."""


class StreamNotFound(NotFound):
    """This tenant has no stream of that name."""


class RecordStore(Protocol):
    """Where records live.

    A store keeps records apart by tenant, then by stream: every call names a `Stream`, and nothing it
    returns or changes lies outside that stream's `tenant_id` and `id`, even if another tenant uses the same
    stream id and the same record ids. Calls may come from any thread. A store connects on first use, once
    per process, so it may be made before a fork and used after it.

    Ids are UUIDv7. The time of a record is the time in its id, to the millisecond, and decides its place; it lies
    from 1970 on and before the year 6000. An id names one record of a stream for ever: whoever sends an id again must
    send the same series and the same body, and which of two different bodies stays is not promised.

    Every call raises `StoreUnavailable` within seconds when the store cannot be reached, cannot confirm, or has
    as many requests under way as it allows; the store mends its connections by itself afterwards.
    """

    def append(self, stream: Stream, rows: Sequence[NewRecord]) -> None:
        """Store the rows; when this returns, they are durable and every later read finds them.

        Any number of rows, in any order of time and series. Sending a row again changes nothing: not the record,
        and not a redaction made in between. It is not atomic: when it raises
        `StoreUnavailable`, `not_written` has the ids that are not confirmed, some of which may be stored
        all the same; sending those again until it returns stores each exactly once.
        A row whose id is not a UUIDv7, or whose series or body is too long, raises `Invalid` before
        anything is written.
        """

    def read(self, stream: Stream, wanted: Range) -> list[Record]:
        """Return at most `wanted.limit` records in the order of their ids, which is the order of time.

        Fewer than `limit` means that there are no more. The next page is the same range with `after` set to the
        last id of this one; records appended meanwhile never make a page repeat or skip one that was there.
        With a series only that series is read, at a cost that does not depend on the rest of the stream.
        Raises `OrderNotKept` for a series of a stream ordered by time only, and for all records of one
        ordered by series only.
        """

    def latest(
        self, stream: Stream, *, series: str | None = None, limit: int = 100, since: datetime | None = None
    ) -> list[Record]:
        """Return the newest record of each series, the most recently active series first.

        At most `limit` series; `since` bounds how far back it looks. With `series`, the newest record of that one.
        A stream without a declared series has at most one answer, its newest record. Raises
        `OrderNotKept` as `read` does.
        """

    def buckets(self, stream: Stream) -> list[Bucket]:
        """Return the stretches of time that hold records, oldest first; reads visit only these."""

    def count(self, stream: Stream, *, start: datetime | None = None, end: datetime | None = None) -> int:
        """Count exactly, by visiting every bucket: for checks, backups and hand-overs, not for screens."""

    def redact(self, stream: Stream, id: UUID) -> bool:  # noqa: A002 - the record's own word
        """Replace the body of one record by nothing, for good; False where there is no such record.

        Id, time and series stay. Nothing brings the body back, also not a repeated append.
        """

    def expire(self, stream: Stream, before: datetime, *, limit: int) -> int:
        """Delete at most `limit` of the oldest records from before a moment, and return how many.

        Fewer than `limit` means that none is left. A store that lets go of records by itself answers 0.
        """

    def ready(self) -> HealthState:
        """Say, within seconds and without raising, whether the store answers and its tables are up to date."""

    def migrate(self) -> list[str]:
        """Bring the tables up to date and return the names of the steps that were applied."""

    def pending(self) -> list[str]:
        """Return the names of the steps that `migrate` would apply."""

    def close(self) -> None:
        """Let go of every connection of this process; a later call connects again."""


class Streams(Protocol):
    """The catalogue of the streams of one tenant: what it declared, and what every tenant has."""

    def declare(
        self,
        name: str,
        *,
        title: str,
        schema: Mapping[str, Any] | None = None,
        time_field: str | None = None,
        series_field: str | None = None,
        order: Order | None = None,
        retention: Retention = "400d",
        backfill_days: int = 400,
    ) -> Stream:
        """Declare a stream; without `order` it is `both` where a series is declared, else `time`.

        Declaring the same again returns what is there; declaring something else under a taken name raises `Conflict`.
        A bad name, retention, order, or a time or series field that the schema does not have, raises
        `Invalid` with paths.
        The catalogue emits nothing (events are a storey above): the door that calls this emits `stream.declared`.
        """

    def find(self, name: str) -> Stream | None:
        """Return the declared or system stream of that name, or None."""

    def by_name(self, name: str) -> Stream:
        """Return the declared or system stream of that name, else raise `StreamNotFound`."""

    def all(self, *, system: bool = False) -> list[Stream]:
        """Return the declared streams by name, with `system` also those every tenant has."""


class Expiry(Protocol):
    """Lets go of the records of one tenant that have outlived their class."""

    def sweep(self, *, batches: int) -> int:
        """Delete in at most so many batches, and return how many records went."""


STORE = "insula.records.store"
SYSTEM = "insula.records.system_streams"
EXPIRE = "insula.records.expire"


def store_of(registry: Any) -> RecordStore:
    """Return the installation's record store where there is no request to find it through."""
    store: RecordStore = registry[STORE].get()
    return store


def expire_records(registry: Any, **options: Any) -> int:
    """Let go of the records of every tenant that have outlived their class, as far as there is time; say how many."""
    gone: int = registry[EXPIRE](registry, **options)
    return gone


def system_streams(registry: Any) -> Mapping[str, SystemStream]:
    """Return what `config.add_system_stream` has declared, by name."""
    declared: Mapping[str, SystemStream] = registry.get(SYSTEM, {})
    return declared


def system_stream(registry: Any, tenant_id: UUID, name: str) -> Stream:
    """Return a system stream of a tenant; no row says so: its id follows from the tenant and the name."""
    declared = system_streams(registry).get(name)
    if declared is None:
        raise StreamNotFound(f"There is no system stream {name!r}.")
    return Stream(
        tenant_id=tenant_id,
        id=system_stream_id(tenant_id, name),
        name=name,
        title=declared.title,
        order=declared.order,
        retention=declared.retention,
        backfill_days=declared.backfill_days,
        system=True,
    )
