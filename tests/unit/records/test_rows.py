"""Buckets, shards, ranges and ids."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.kit.clock import millis
from insula.kit.ids import is_uuid7, millis_of, uuid7, uuid7_at
from insula.records.ids import derived_id, earliest_id, latest_id, system_stream_id
from insula.records.interfaces import Layout, NewRecord, Range
from insula.records.rows import LAST_MILLIS, Cut, bounds, cut_at, record, shard_of, shard_of_series
from insula.records.specimens import stream_of

T0 = datetime(1970, 1, 1, tzinfo=UTC)


def layouts():
    """Layouts that follow each other at whole minutes."""
    cut = st.tuples(
        st.integers(1, 40_000_000),
        st.integers(1, 20_160).map(lambda minutes: minutes * 60),
        st.integers(1, 9),
    )
    return st.lists(cut, max_size=4, unique_by=lambda item: item[0]).map(
        lambda cuts: (
            Layout(),
            *(Layout(T0 + timedelta(minutes=start), width, shards) for start, width, shards in sorted(cuts)),
        )
    )


@given(layouts(), st.integers(0, 3_000_000_000_000))
def test_every_moment_lies_in_one_bucket_that_says_so_itself(layout, at):
    cut = cut_at(layout, at)
    assert cut.start <= at < cut.end
    assert cut_at(layout, cut.start) == cut
    assert cut_at(layout, cut.end - 1) == cut
    assert cut_at(layout, cut.end).start == cut.end


@given(layouts(), st.integers(0, 3_000_000_000_000), st.integers(0, 3_000_000_000_000))
def test_a_later_moment_never_lies_in_an_earlier_bucket(layout, one, other):
    first, second = sorted((one, other))
    assert cut_at(layout, first).number <= cut_at(layout, second).number


def test_the_number_of_a_bucket_fits_thirty_two_bits():
    assert cut_at((Layout(),), LAST_MILLIS).number < 2**31


@pytest.mark.parametrize(
    "layout",
    [(), (Layout(T0 + timedelta(days=1)),), (Layout(), Layout()), (Layout(T0 + timedelta(days=1)), Layout())],
)
def test_layouts_that_do_not_cover_time_once_are_refused(layout):
    with pytest.raises(ValueError, match="start in 1970"):
        cut_at(layout, 0)


@pytest.mark.parametrize(
    "values",
    [{"width_seconds": 59}, {"width_seconds": 90}, {"shards": 0}, {"valid_from": T0 + timedelta(seconds=1)}],
)
def test_a_layout_of_broken_minutes_is_refused(values):
    with pytest.raises(ValueError, match=r"minute|shards"):
        Layout(**values)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_page_nobody_could_mean_is_refused(limit):
    with pytest.raises(ValueError, match="limit must be between"):
        Range(limit=limit)


def test_a_shard_follows_from_the_row_alone_and_from_the_series_where_series_are_kept():
    cut = Cut(0, 0, 1, 7)
    row = NewRecord(uuid7(), "device", b"{}")
    both, by_time = stream_of(), stream_of(order="time")
    assert shard_of(both, cut, row) == shard_of_series(cut, "device")
    assert len({shard_of(by_time, cut, NewRecord(uuid7(), "device", b"{}")) for _ in range(200)}) == 7
    # These are stored; another value would lose every record written so far.
    assert shard_of_series(cut, "device") == 0
    assert shard_of(by_time, cut, NewRecord(UUID("018bcfe5-6800-7000-8000-000000000001"), "", b"{}")) == 4


@given(st.integers(0, LAST_MILLIS), st.integers(0, LAST_MILLIS))
def test_a_range_of_time_is_a_range_of_ids(one, other):
    start, end = sorted((one, other))
    low, high = bounds(Range(T0 + timedelta(milliseconds=start), T0 + timedelta(milliseconds=end)))
    assert low <= uuid7_at(start, b"\0" * 10)
    assert high <= uuid7_at(end, b"\0" * 10)
    assert low <= high


def test_the_first_and_last_id_of_a_moment_embrace_all_others():
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert earliest_id(at) < uuid7(at) < latest_id(at)
    assert millis_of(earliest_id(at)) == millis_of(latest_id(at)) == millis(at)


KEY = {"tenant_id": uuid4(), "stream_id": uuid4(), "account_id": uuid4(), "key": "k", "ordinal": 0}
AT = datetime(2024, 2, 29, tzinfo=UTC)


def test_a_retry_derives_the_id_of_the_first_attempt():
    assert derived_id(AT, **KEY) == derived_id(AT, **KEY)
    assert is_uuid7(derived_id(AT, **KEY))
    assert millis_of(derived_id(AT, **KEY)) == millis(AT)


@pytest.mark.parametrize(
    "other",
    [{"tenant_id": uuid4()}, {"stream_id": uuid4()}, {"account_id": uuid4()}, {"key": "l"}, {"ordinal": 1}],
    ids=lambda other: next(iter(other)),
)
def test_whatever_differs_gives_another_id(other):
    assert derived_id(AT, **KEY) != derived_id(AT, **(KEY | other))


def test_no_two_deliveries_run_together():
    assert derived_id(AT, **(KEY | {"key": "k1", "ordinal": 1})) != derived_id(
        AT, **(KEY | {"key": "k", "ordinal": 11})
    )


def test_a_system_stream_has_the_same_id_in_every_process_and_another_for_every_tenant():
    tenant = UUID(int=1)
    assert system_stream_id(tenant, "_audit") == UUID("9fb25d93-9163-58f8-9f78-de175858981f")
    assert system_stream_id(tenant, "_audit") != system_stream_id(UUID(int=2), "_audit")
    assert system_stream_id(tenant, "_audit") != system_stream_id(tenant, "_decisions")


def test_an_empty_body_is_a_redaction_because_no_json_is_empty():
    assert record(uuid7(), "", b"").redacted
    assert not record(uuid7(), "", b"null").redacted
