"""Reading from Cassandra: bucket by bucket, several at once, and only those that are listed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from insula.kit.ids import millis_of
from insula.records.cassandra.link import Link, Place
from insula.records.interfaces import Bucket, OrderNotKept, Range, Record, Stream
from insula.records.rows import (
    FIRST_ID,
    LAST_MILLIS,
    MINUTE,
    Cut,
    between,
    bounds,
    check_order,
    cut_at,
    record,
    shard_of_series,
)

#: Partitions asked at once by one read.
ABREAST = 16
#: Buckets listed by one statement.
LISTED = 500

Row = tuple[UUID, str, bytes]
_by_id = itemgetter(0)


class CassandraReads:
    """The reading half of the store, and the link of this process."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._links: dict[int, Link] = {}

    def link(self) -> Link:
        """Return this process's link: what a parent opened before a fork stays the parent's."""
        pid = os.getpid()
        return self._links.get(pid) or self._links.setdefault(pid, Link(self._place))

    def read(self, stream: Stream, wanted: Range) -> list[Record]:
        check_order(stream, wanted.series)
        low, high = bounds(wanted)
        if low >= high:
            return []
        link = self.link()
        direction = "desc" if wanted.newest_first else "asc"
        kind = "time" if wanted.series is None else "series"
        statement = link.prepared(f"{kind}-{direction}-{stream.retention}")
        cuts = self._listed(link, stream, low, high, newest_first=wanted.newest_first)
        found: list[Row] = []
        abreast = 1
        while len(found) < wanted.limit:
            missing = wanted.limit - len(found)
            part = list(islice(cuts, abreast))
            if not part:
                break
            asked = []
            for cut in part:
                shards = (
                    range(cut.shards) if wanted.series is None else (shard_of_series(cut, wanted.series),)
                )
                for shard in shards:
                    named = () if wanted.series is None else (wanted.series,)
                    key = (stream.tenant_id, stream.id, cut.number, shard)
                    asked.append(statement.bind((*key, *named, low, high, missing)))
            rows = link.ask(*asked)
            # Rows of one bucket's shards come one shard after the other; between buckets the order is right already.
            rows.sort(key=_by_id, reverse=wanted.newest_first)
            found += rows
            # The fuller the buckets are, the fewer have to be asked together for what is still missing.
            abreast = min(
                ABREAST, max(2 * abreast, len(part) * (wanted.limit - len(found)) // (len(rows) or 1))
            )
        return [record(*row) for row in found[: wanted.limit]]

    def latest(
        self, stream: Stream, *, series: str | None = None, limit: int = 100, since: datetime | None = None
    ) -> list[Record]:
        if series is not None or (stream.order == "time" and stream.series_field is None):
            return self.read(stream, Range(start=since, series=series, limit=1))
        if stream.order == "time":
            raise OrderNotKept(f"The stream {stream.name} keeps its records by time only.")
        link = self.link()
        low, high = between(since, None)
        statement = link.prepared(f"latest-{stream.retention}")
        newest: dict[str, Row] = {}
        cuts = self._listed(link, stream, low, high, newest_first=True)
        abreast = 1
        while len(newest) < limit and (part := list(islice(cuts, abreast))):
            keys = [
                (stream.tenant_id, stream.id, cut.number, shard)
                for cut in part
                for shard in range(cut.shards)
            ]
            asked = [statement.bind(key) for key in keys]
            rows = [row for row in link.ask(*asked, profile="bulk") if row[0] >= low]
            for row in sorted(rows, key=_by_id, reverse=True):
                newest.setdefault(row[1], row)
            abreast = min(ABREAST, 2 * abreast)
        return [record(*row) for row in islice(newest.values(), limit)]

    def buckets(self, stream: Stream) -> list[Bucket]:
        low, high = between(None, None)
        return [cut.public() for cut in self._listed(self.link(), stream, low, high, newest_first=False)]

    def count(self, stream: Stream, *, start: datetime | None = None, end: datetime | None = None) -> int:
        link = self.link()
        low, high = between(start, end)
        cuts = self._listed(link, stream, low, high, newest_first=False)
        keys = (
            (stream.tenant_id, stream.id, cut.number, shard) for cut in cuts for shard in range(cut.shards)
        )
        if stream.order == "series":
            return sum(low <= row[0] < high for key in keys for row in self._ids(link, stream, key))
        statement = link.prepared(f"count-{stream.retention}")
        return sum(link.ask(statement.bind((*key, low, high)), profile="bulk")[0][0] for key in keys)

    def _ids(self, link: Link, stream: Stream, key: tuple[object, ...]) -> Iterable[Any]:
        return link.ask(link.prepared(f"ids-series-{stream.retention}").bind(key), profile="bulk")

    def _listed(
        self, link: Link, stream: Stream, low: UUID, high: UUID, *, newest_first: bool
    ) -> Iterator[Cut]:
        """Yield the listed buckets that ids from `low` to `high` can lie in, as they are wanted."""
        first = cut_at(stream.layout, min(millis_of(max(low, FIRST_ID)), LAST_MILLIS)).number
        last = min(millis_of(high), LAST_MILLIS) // MINUTE
        statement = link.prepared("buckets-desc" if newest_first else "buckets-asc")
        while first <= last:
            rows = link.ask(statement.bind((stream.tenant_id, stream.id, first, last, LISTED)))
            for number, ends, shards in rows:
                yield Cut(number, number * MINUTE, ends * MINUTE, shards)
            if len(rows) < LISTED:
                return
            if newest_first:
                last = rows[-1][0] - 1
            else:
                first = rows[-1][0] + 1
