"""Questions are read strictly, and a cursor answers only the question it was made for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from insula.kit.cursors import Sealer
from insula.kit.errors import Malformed
from insula.kit.ids import uuid7
from insula.records.interfaces import Range, Stream
from insula.streams.queries import Reader, at_cursor, cursor_behind, wanted_range

SEALER = Sealer(b"s" * 32)
STREAM = Stream(uuid7(), uuid7(), "temperature", "Temperature")
READER = Reader(STREAM, "account-1")


def test_without_parameters_the_newest_hundred_are_meant() -> None:
    assert wanted_range({}, most=1_000) == Range(newest_first=True, limit=100)


def test_every_parameter_is_heard() -> None:
    given = {
        "time[gte]": "2010-01-01T00:00:00-08:00",
        "time[lt]": "2010-02-01T00:00:00Z",
        "series": "a",
        "sort": "time",
    }
    assert wanted_range({**given, "limit": "500"}, most=1_000) == Range(
        start=datetime(2010, 1, 1, 8, tzinfo=UTC),
        end=datetime(2010, 2, 1, tzinfo=UTC),
        series="a",
        newest_first=False,
        limit=500,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "1e2"),
        ("limit", "٣"),
        ("limit", ""),
        ("limit", "9" * 99),
        ("sort", "body"),
        ("sort", ""),
        ("time[gte]", "2010-01-01"),
        ("time[lt]", "2010-01-01T00:00:00"),
    ],
)
def test_a_bad_value_is_told_with_its_name(name: str, value: str) -> None:
    with pytest.raises(Malformed) as caught:
        wanted_range({name: value}, most=1_000)
    assert [error.path for error in caught.value.errors] == [name]


def test_a_cursor_goes_on_behind_the_last_record() -> None:
    last, wanted = uuid7(), Range(limit=5)
    token = cursor_behind(last, wanted, reader=READER, sealer=SEALER, minutes=1)
    assert at_cursor(wanted, token, reader=READER, sealer=SEALER).after == last
    assert at_cursor(replace(wanted, limit=7), token, reader=READER, sealer=SEALER).after == last


@pytest.mark.parametrize(
    ("reader", "wanted"),
    [
        (Reader(STREAM, "account-2"), Range()),
        (Reader(replace(STREAM, tenant_id=uuid7()), "account-1"), Range()),
        (Reader(replace(STREAM, id=uuid7()), "account-1"), Range()),
        (READER, Range(newest_first=False)),
        (READER, Range(series="x")),
        (READER, Range(start=datetime(2010, 1, 1, tzinfo=UTC))),
        (READER, Range(end=datetime(2010, 1, 1, tzinfo=UTC))),
    ],
)
def test_a_cursor_is_refused_for_another_reader_stream_or_question(reader: Reader, wanted: Range) -> None:
    token = cursor_behind(uuid7(), Range(), reader=READER, sealer=SEALER, minutes=1)
    with pytest.raises(Malformed):
        at_cursor(wanted, token, reader=reader, sealer=SEALER)


def test_a_flipped_cut_or_expired_cursor_is_refused() -> None:
    token = cursor_behind(uuid7(), Range(), reader=READER, sealer=SEALER, minutes=1)
    flipped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    expired = cursor_behind(uuid7(), Range(), reader=READER, sealer=SEALER, minutes=-1)
    for bad in (flipped, token[:-3], token[3:], "", "ä", "x" * 5_000, expired):
        with pytest.raises(Malformed):
            at_cursor(Range(), bad, reader=READER, sealer=SEALER)
