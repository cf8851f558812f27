"""The suite that every record store must pass: subclass it and give it a `store` fixture that is migrated."""

# ruff: noqa: S101  # these are tests

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import uuid4

import pytest

from insula.kit.clock import millis, now
from insula.kit.errors import Invalid
from insula.kit.ids import uuid7, uuid7_at
from insula.records.interfaces import (
    KEPT_DAYS,
    MAX_BODY_BYTES,
    MAX_SERIES_BYTES,
    Layout,
    NewRecord,
    OrderNotKept,
    Range,
    Record,
    Stream,
    earliest_id,
)
from insula.records.specimens import DAY, HOUR, START, Store, ids, pages, reads, rows_of, stream_of


class RecordStoreContract:
    """What every store promises."""

    def test_what_was_appended_is_read_back_as_it_came(self, store: Store) -> None:
        stream = stream_of()
        body = '{"b": 1.0,  "a": "ö ☃ \\u0000", "a": null}'.encode()
        row = NewRecord(uuid7_at(millis(START) + 7, b"0123456789"), "Gerät ☃", body)
        store.append(stream, [row])
        assert store.read(stream, Range()) == [
            Record(row.id, START + timedelta(milliseconds=7), row.series, body)
        ]

    def test_nothing_appended_is_nothing_stored(self, store: Store) -> None:
        stream = stream_of()
        store.append(stream, [])
        assert store.read(stream, Range()) == []
        assert store.buckets(stream) == []
        assert store.latest(stream) == []
        assert store.count(stream) == 0

    def test_sending_rows_again_changes_nothing(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(120)
        for part in (rows, rows[:70], rows[50:], [*rows[:10], *rows[:10]]):
            store.append(stream, part)
        assert ids(store.read(stream, Range(newest_first=False, limit=500))) == ids(rows)
        assert ids(store.read(stream, Range(series="device-1", newest_first=False))) == ids(rows[1::3])
        assert store.count(stream) == 120

    def test_an_append_larger_than_any_batch_is_stored_whatever_its_order(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(1_234, step=timedelta(seconds=97))
        mixed = list(rows)
        Random(7).shuffle(mixed)  # noqa: S311  # nothing secret
        store.append(stream, mixed)
        assert ids(store.read(stream, Range(newest_first=False, limit=2_000))) == ids(rows)

    @pytest.mark.parametrize("retention", KEPT_DAYS)
    @pytest.mark.parametrize("newest_first", [True, False])
    def test_time_runs_both_ways(self, store: Store, retention: str, *, newest_first: bool) -> None:
        stream = stream_of(retention=retention, order="time")
        rows = rows_of(60)
        store.append(stream, rows)
        found = store.read(stream, Range(newest_first=newest_first, limit=50))
        assert ids(found) == (ids(reversed(rows)) if newest_first else ids(rows))[:50]

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_one_series_runs_both_ways(self, store: Store, *, newest_first: bool) -> None:
        stream = stream_of()
        rows = rows_of(90)
        store.append(stream, rows)
        found = store.read(stream, Range(series="device-2", newest_first=newest_first))
        assert ids(found) == (ids(reversed(rows[2::3])) if newest_first else ids(rows[2::3]))
        assert {row.series for row in found} == {"device-2"}
        assert store.read(stream, Range(series="device-3")) == []

    def test_a_start_is_included_and_an_end_is_not(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(60)
        store.append(stream, rows)
        start, end = START + 5 * HOUR, START + 40 * HOUR
        assert ids(store.read(stream, Range(start, end, newest_first=False))) == ids(rows[5:40])
        assert ids(store.read(stream, Range(start, end, "device-0"))) == ids(reversed(rows[6:40:3]))
        assert store.count(stream, start=start, end=end) == 35
        just_after = start + timedelta(microseconds=1)
        assert ids(store.read(stream, Range(just_after, end, newest_first=False))) == ids(rows[6:40])
        assert store.read(stream, Range(end, start)) == []

    def test_a_range_may_reach_beyond_everything(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(3)
        store.append(stream, rows)
        long_ago, far_ahead = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
        assert ids(store.read(stream, Range(long_ago, far_ahead, newest_first=False))) == ids(rows)
        assert store.read(stream, Range(start=far_ahead)) == []
        assert store.read(stream, Range(end=long_ago)) == []

    def test_records_at_the_edges_of_buckets_are_found_in_their_place(self, store: Store) -> None:
        stream = stream_of()
        midnight = datetime(2024, 3, 1, tzinfo=UTC)
        moment = timedelta(milliseconds=1)
        times = [midnight - moment, midnight, midnight + moment, midnight + DAY - moment, midnight + DAY]
        rows = [NewRecord(uuid7_at(millis(at), b"\xff" * 10), "one", b"{}") for at in times]
        store.append(stream, rows)
        assert ids(store.read(stream, Range(newest_first=False))) == ids(rows)
        assert ids(store.read(stream, Range(midnight, midnight + DAY, newest_first=False))) == ids(rows[1:4])
        assert ids(store.read(stream, Range(midnight, midnight + DAY, "one"))) == ids(reversed(rows[1:4]))
        days = [(bucket.start, bucket.end) for bucket in store.buckets(stream)]
        assert days == [(midnight + n * DAY, midnight + (n + 1) * DAY) for n in (-1, 0, 1)]

    def test_a_layout_that_changes_keeps_the_past_as_it_was_written(self, store: Store) -> None:
        changed = datetime(2024, 3, 1, 5, 0, tzinfo=UTC)
        layout = (Layout(), Layout(changed, 3 * 3_600, 4), Layout(changed + 2 * DAY, 7 * 86_400, 1))
        stream = stream_of(layout=layout)
        rows = rows_of(300, series=11)
        store.append(stream, rows)
        store.append(stream, rows)
        assert ids(pages(store, stream, Range(limit=37, newest_first=False))) == ids(rows)
        assert ids(pages(store, stream, Range(limit=37))) == ids(reversed(rows))
        assert ids(pages(store, stream, Range(limit=7, series="device-4"))) == ids(reversed(rows[4::11]))
        assert ids(store.latest(stream)) == ids(reversed(rows[-11:]))
        assert store.count(stream) == 300
        buckets = store.buckets(stream)
        assert all(one.end <= two.start for one, two in pairwise(buckets))
        assert [b.shards for b in buckets if b.start < changed] == [1, 1, 1]
        assert {b.shards for b in buckets if changed <= b.start < changed + 2 * DAY} == {4}
        assert store.redact(stream, rows[100].id)

    def test_a_stream_in_order_of_time_spreads_over_shards_too(self, store: Store) -> None:
        stream = stream_of(order="time", layout=(Layout(shards=4),))
        rows = rows_of(200, step=timedelta(minutes=11))
        store.append(stream, rows)
        store.append(stream, rows)
        assert ids(pages(store, stream, Range(limit=23))) == ids(reversed(rows))
        assert ids(pages(store, stream, Range(limit=23, newest_first=False))) == ids(rows)

    def test_the_latest_of_each_series_come_with_the_most_recent_first(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(100, series=7, step=HOUR)
        quiet = NewRecord(uuid7_at(millis(START - 40 * DAY), b"0123456789"), "quiet", b"{}")
        store.append(stream, [*rows, quiet])
        assert ids(store.latest(stream)) == [*ids(reversed(rows[-7:])), quiet.id]
        assert ids(store.latest(stream, limit=3)) == ids(reversed(rows[-3:]))
        assert ids(store.latest(stream, since=START)) == ids(reversed(rows[-7:]))
        assert ids(store.latest(stream, since=START + 97 * HOUR)) == ids(reversed(rows[-3:]))
        assert ids(store.latest(stream, series="quiet")) == [quiet.id]
        assert store.latest(stream, series="nobody") == []

    def test_the_latest_of_a_stream_without_series_is_its_newest(self, store: Store) -> None:
        stream = stream_of(order="time")
        rows = rows_of(50, series=0)
        store.append(stream, rows)
        assert ids(store.latest(stream)) == ids(rows[-1:])

    def test_an_order_that_is_not_kept_is_refused(self, store: Store) -> None:
        by_time, by_series = stream_of(order="time"), stream_of(order="series")
        rows = rows_of(30)
        for stream in (by_time, by_series):
            store.append(stream, rows)
        with pytest.raises(OrderNotKept):
            store.read(by_time, Range(series="device-1"))
        with pytest.raises(OrderNotKept):
            store.latest(by_time, series="device-1")
        with pytest.raises(OrderNotKept):
            store.read(by_series, Range())
        assert ids(store.read(by_time, Range())) == ids(reversed(rows))
        assert ids(store.read(by_series, Range(series="device-1"))) == ids(reversed(rows[1::3]))
        assert ids(store.latest(by_series)) == ids(reversed(rows[-3:]))
        assert store.count(by_series) == 30
        assert store.count(by_series, start=START + HOUR, end=START + 11 * HOUR) == 10

    @pytest.mark.parametrize("order", ["time", "series", "both"])
    @pytest.mark.parametrize("retention", KEPT_DAYS)
    def test_a_redaction_survives_every_retry(self, store: Store, order: str, retention: str) -> None:
        stream = stream_of(order=order, retention=retention, series_field="device")
        ahead = NewRecord(
            uuid7_at(millis(now() + timedelta(minutes=4)), b"0123456789"), "device-1", b'{"x": 1}'
        )
        rows = [*rows_of(20), ahead]
        store.append(stream, rows)
        for row in (rows[7], ahead):
            assert store.redact(stream, row.id)
            store.append(stream, rows)
            assert store.redact(stream, row.id)
            wanted = Range() if order != "series" else Range(series="device-1")
            (gone,) = [record for record in store.read(stream, wanted) if record.id == row.id]
            assert (gone.body, gone.redacted, gone.series) == (b"null", True, "device-1")
            if order == "both":
                (gone,) = [r for r in store.read(stream, Range(series="device-1")) if r.id == row.id]
                assert (gone.body, gone.redacted) == (b"null", True)
        assert store.count(stream) == 21
        assert not store.redact(stream, uuid7())

    def test_what_is_from_before_a_moment_goes_oldest_first_and_so_many_at_a_time(self, store: Store) -> None:
        ours, theirs = stream_of(), stream_of()
        rows = rows_of(60, step=HOUR)
        for stream in (ours, theirs):
            store.append(stream, rows)
        moment = START + 40 * HOUR
        gone = [store.expire(ours, moment, limit=15) for _ in range(4)]
        if gone[0]:
            assert gone == [15, 15, 10, 0]
            assert ids(store.read(ours, Range(newest_first=False))) == ids(rows[40:])
            assert ids(store.read(ours, Range(series="device-1"))) == ids(reversed(rows[40:][::3]))
            assert all(bucket.end > moment for bucket in store.buckets(ours))
        else:
            assert gone == [0, 0, 0, 0]
        assert store.count(theirs) == 60

    def test_two_tenants_with_one_name_and_the_same_ids_see_nothing_of_each_other(self, store: Store) -> None:
        ours = stream_of()
        # The same stream id under another tenant, which no honest caller has.
        theirs = Stream(
            tenant_id=uuid7(), id=ours.id, name=ours.name, title="", order="both", series_field="device"
        )
        rows = rows_of(60)
        store.append(ours, rows)
        for read in reads(rows):
            assert read(store, ours)
            assert not read(store, theirs)
        assert not store.redact(theirs, rows[3].id)
        store.append(theirs, [NewRecord(rows[3].id, "theirs", b'"other"')])
        assert store.redact(theirs, rows[3].id)
        assert [(record.series, record.redacted) for record in store.read(theirs, Range())] == [
            ("theirs", True)
        ]
        found = store.read(ours, Range(newest_first=False))
        assert [(record.id, record.body) for record in found] == [(row.id, row.body) for row in rows]

    def test_two_streams_of_one_tenant_are_apart(self, store: Store) -> None:
        one = stream_of()
        other = stream_of(one.tenant_id)
        rows = rows_of(10)
        store.append(one, rows)
        for read in reads(rows):
            assert read(store, one)
            assert not read(store, other)

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_ten_thousand_rows_come_page_by_page_exactly_once(
        self,
        store: Store,
        *,
        newest_first: bool,
    ) -> None:
        stream = stream_of(order="time")
        rows = rows_of(10_000, step=timedelta(minutes=5), series=0)
        for start in range(0, len(rows), 2_500):
            store.append(stream, rows[start : start + 2_500])
        found = pages(store, stream, Range(limit=777, newest_first=newest_first))
        assert ids(found) == (ids(reversed(rows)) if newest_first else ids(rows))

    @pytest.mark.parametrize("order", ["time", "both", "series"])
    def test_a_day_with_thousands_of_rows_comes_in_one_page(self, store: Store, order: str) -> None:
        stream = stream_of(order=order, series_field="device", layout=(Layout(), Layout(START, 7 * 86_400)))
        rows = rows_of(7_000, step=timedelta(seconds=10), series=1)
        store.append(stream, rows)
        series = "device-0" if order != "time" else None
        assert ids(store.read(stream, Range(series=series, limit=10_000))) == ids(reversed(rows))
        assert ids(store.read(stream, Range(series=series, limit=6_000, newest_first=False))) == ids(
            rows[:6_000]
        )
        assert store.count(stream) == 7_000

    def test_pages_stay_in_place_while_records_arrive(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(100)
        store.append(stream, rows)
        first = store.read(stream, Range(limit=40))
        store.append(stream, rows_of(30, start=START + 100 * HOUR))
        second = store.read(stream, Range(limit=100, after=first[-1].id))
        assert ids(first) + ids(second) == ids(reversed(rows))

    def test_a_page_after_any_id_continues_behind_it(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(10)
        store.append(stream, rows)
        between = earliest_id(START + 4 * HOUR + timedelta(minutes=1))
        assert ids(store.read(stream, Range(after=between, newest_first=False))) == ids(rows[5:])
        assert ids(store.read(stream, Range(after=between))) == ids(reversed(rows[:5]))
        assert ids(store.read(stream, Range(end=START + 2 * HOUR, after=between))) == ids(reversed(rows[:2]))

    def test_many_threads_append_and_read_at_once(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(800, step=timedelta(minutes=17), series=5)

        def work(part: int) -> int:
            mine = rows[part::8]
            store.append(stream, mine[:60])
            store.append(stream, mine)
            return len(set(ids(pages(store, stream, Range(limit=90)))) & set(ids(mine)))

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(work, range(8))) == [100] * 8
        assert ids(pages(store, stream, Range(limit=333, newest_first=False))) == ids(rows)

    def test_a_row_that_cannot_be_stored_is_refused_before_anything_is_written(self, store: Store) -> None:
        stream = stream_of()
        good = rows_of(2)
        bad = [
            NewRecord(uuid4(), "one", b"{}"),
            NewRecord(uuid7_at((1 << 48) - 1, b"0123456789"), "one", b"{}"),
            NewRecord(uuid7(), "x" * (MAX_SERIES_BYTES + 1), b"{}"),
            NewRecord(uuid7(), "a\0b", b"{}"),
            NewRecord(uuid7(), "one", b""),
            NewRecord(uuid7(), "one", b"1" * (MAX_BODY_BYTES + 1)),
        ]
        for row in bad:
            with pytest.raises(Invalid) as refused:
                store.append(stream, [*good, row])
            assert [error.path.split(".")[0] for error in refused.value.errors] == ["[2]"]
        assert store.read(stream, Range()) == []
        store.append(
            stream, [*good, NewRecord(uuid7(), "ö" * (MAX_SERIES_BYTES // 2), b"1" * MAX_BODY_BYTES)]
        )
        assert store.count(stream) == 3

    def test_there_is_no_id_of_a_time_before_1970(self, store: Store) -> None:
        with pytest.raises(ValueError, match="outside what a UUIDv7 can carry"):
            earliest_id(datetime(1969, 12, 31, 23, 59, tzinfo=UTC))
        stream = stream_of()
        first = NewRecord(earliest_id(datetime(1970, 1, 1, tzinfo=UTC)), "one", b"{}")
        store.append(stream, [first])
        assert ids(store.read(stream, Range())) == [first.id]

    def test_bodies_up_to_the_limit_come_back_whole(self, store: Store) -> None:
        stream = stream_of()
        sizes = (2, 31_000, 65_536, 66_000, 400_000, 2)
        rows = [
            NewRecord(row.id, row.series, b'"' + b"x" * (size - 2) + b'"')
            for row, size in zip(rows_of(6), sizes, strict=True)
        ]
        store.append(stream, rows)
        assert [len(record.body) for record in store.read(stream, Range(newest_first=False))] == list(sizes)

    def test_hostile_series_are_only_names(self, store: Store) -> None:
        stream = stream_of()
        names = [
            "",
            "'; DROP TABLE record; --",
            "%s",
            ":tenant",
            "{record}",
            "$keyspace",
            "a\nb",
            "\\",
            "É",
            "é",
        ]
        rows = [
            NewRecord(row.id, name, row.body) for row, name in zip(rows_of(len(names)), names, strict=True)
        ]
        store.append(stream, rows)
        for row in rows:
            assert ids(store.read(stream, Range(series=row.series))) == [row.id]
        assert ids(store.latest(stream)) == ids(reversed(rows))
        assert store.read(stream, Range(series="a\0b")) == []
        assert store.latest(stream, series="a\0b") == []

    def test_a_migrated_store_is_ready_and_migrating_again_does_nothing(self, store: Store) -> None:
        assert store.migrate() == []
        assert store.pending() == []
        assert store.ready().ok

    def test_a_closed_store_opens_again(self, store: Store) -> None:
        stream = stream_of()
        rows = rows_of(5)
        store.append(stream, rows)
        store.close()
        assert ids(store.read(stream, Range())) == ids(reversed(rows))
