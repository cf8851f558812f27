"""Times are read with their offset, or refused with the remedy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from insula.streams.moments import moment, moment_ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-01-01T08:00:00Z", 1262332800000),
        ("2010-01-01T00:00:00-08:00", 1262332800000),
        ("2010-01-01 00:00-08:00", 1262332800000),
        ("2010-01-01t08:00:00.123z", 1262332800123),
        ("2010-01-01T08:00:00.1239Z", 1262332800123),
        ("2010-01-01T08:00:00.123999999Z", 1262332800123),
        ("1969-12-31T23:59:59.9995Z", -1),
        ("1970-01-01T00:00:00+00:00", 0),
    ],
)
def test_a_moment_is_read_to_the_millisecond_below(text: str, expected: int) -> None:
    assert moment_ms(text) == expected


def test_a_moment_is_utc() -> None:
    assert moment("2010-01-01T00:00:00-08:00") == datetime(2010, 1, 1, 8, tzinfo=UTC)
    assert moment("2010-01-01T00:00:00-08:00").tzinfo is UTC


def test_a_time_without_offset_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"offset from UTC.*2010-01-01T00:00:00-08:00"):
        moment("2010-01-01T00:00:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2010-01-01",
        "20100101T000000Z",
        "2010-W01-1",
        "now",
        "2010-02-30T00:00:00Z",
        "2010-01-01T24:00:01Z",
        "2010-01-01T00:00:60Z",
        "٢٠١٠-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "x" * 9999,
        1262332800000,
        None,
        1.5,
        "2010-01-01T00:00:00+25:00",
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        moment(text)
