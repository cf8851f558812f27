"""Charts draw what was measured, where it was measured, and nothing between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.streams.chart import MAX_POINTS, Reading, lay_out, stretches, thin
from insula.streams.scales import number_ticks, time_ticks

SEATTLE = ZoneInfo("America/Los_Angeles")
START = datetime(2010, 1, 1, 8, tzinfo=UTC)


def readings(values: list[float | None], step: timedelta = timedelta(hours=1)) -> list[Reading]:
    return [Reading(START + step * place, value, str(value)) for place, value in enumerate(values)]


def layout(given: list[Reading], hours: int = 24, height: int = 280):
    return lay_out(given, start=START, end=START + timedelta(hours=hours), zone=SEATTLE, height=height)


def test_every_point_lies_where_time_and_value_say() -> None:
    chart = layout(readings([30.0, 40.0, 35.0]), hours=2)
    assert chart is not None
    first, second, third = chart.marks
    assert (first.x, third.x) == (chart.left, chart.right)
    assert second.x == (chart.left + chart.right) / 2
    low, high = (next(t.at for t in chart.y_ticks if t.label == label) for label in ("30", "40"))
    assert (first.y, second.y) == (low, high)
    assert third.y == pytest.approx((low + high) / 2, abs=0.01)
    assert [mark.reading.text for mark in chart.marks] == ["30.0", "40.0", "35.0"]


def test_a_missing_reading_interrupts_the_line() -> None:
    given = readings([1.0, 2.0, 3.0, 4.0, 5.0])
    del given[2]
    assert [[r.value for r in part] for part in stretches(given)] == [[1.0, 2.0], [4.0, 5.0]]


def test_a_record_without_the_number_interrupts_the_line() -> None:
    found = stretches(readings([1.0, 2.0, None, 4.0]))
    assert [[r.value for r in part] for part in found] == [[1.0, 2.0], [4.0]]


def test_the_hour_that_clocks_skip_is_no_gap() -> None:
    before = datetime(2010, 3, 14, 1, tzinfo=SEATTLE).astimezone(UTC)
    after = datetime(2010, 3, 14, 3, tzinfo=SEATTLE).astimezone(UTC)
    times = [before - timedelta(hours=1), before, after, after + timedelta(hours=1)]
    assert len(stretches([Reading(at, 1.0) for at in times])) == 1


def test_no_value_is_no_chart() -> None:
    assert layout([]) is None
    assert layout(readings([None, None])) is None


def test_one_value_and_equal_values_are_drawn() -> None:
    for values in ([5.0], [5.0, 5.0], [0.0], [-3.0]):
        chart = layout(readings(values))
        assert chart is not None
        assert all(chart.top <= mark.y <= chart.bottom for mark in chart.marks)


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308, 2.0], [0.0, 5e-324], [1e99, -1e99], [5e-324]])
def test_numbers_at_the_ends_of_what_there_is_break_no_chart(values: list[float | None]) -> None:
    chart = layout(readings(values))
    assert chart is not None
    assert all(0 <= mark.y <= 280 for mark in chart.marks)
    assert len(chart.y_ticks) < 20


def test_a_year_of_hours_is_thinned_to_values_that_were_measured() -> None:
    given = readings([float((place * 37) % 101) for place in range(8_759)])
    given[4_000] = Reading(given[4_000].at, 250.0, "250.0")
    chart = layout(given, hours=8_760)
    assert chart is not None
    assert len(chart.marks) <= MAX_POINTS
    assert chart.of == 8_759
    known = {(reading.at, reading.value) for reading in given}
    assert all((mark.reading.at, mark.reading.value) in known for mark in chart.marks)
    assert chart.highest.value == 250.0
    assert chart.lowest.value == 0.0


@given(
    st.lists(st.floats(-1e6, 1e6) | st.none(), max_size=1_500),
)
def test_never_more_points_than_allowed_and_always_in_order(values: list[float | None]) -> None:
    chart = layout(readings(values), hours=max(1, len(values)))
    if chart is None:
        assert not any(value is not None for value in values)
        return
    assert len(chart.marks) <= MAX_POINTS
    places = [mark.x for mark in chart.marks]
    assert places == sorted(places)
    assert all(chart.top - 0.02 <= mark.y <= chart.bottom + 0.02 for mark in chart.marks)


def test_thinning_keeps_peaks() -> None:
    given = readings([0.0] * 1_000)
    given[321] = Reading(given[321].at, -9.0, "-9.0")
    pairs = thin(given, 10)
    assert len(pairs) == 5
    assert min(low.value or 0.0 for low, _ in pairs) == -9.0


def test_what_is_thinned_is_drawn_as_a_band_that_holds_every_reading() -> None:
    given = readings([float((place * 37) % 101) for place in range(2_000)])
    chart = layout(given, hours=2_000)
    assert chart is not None
    (band,) = chart.bands
    assert chart.lines == ()
    assert all(high.y <= low.y for high, low in zip(band.upper, band.lower, strict=True))
    assert [mark.x for mark in band.upper] == sorted(mark.x for mark in band.upper)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (33.1, 50.2, ["30", "35", "40", "45", "50", "55"]),
        (0.12, 0.47, ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        (0, 4_200, ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]),
        (-3, 3, ["-4", "-2", "0", "2", "4"]),
    ],
)
def test_numbers_on_the_axis_are_round_and_enclose(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in number_ticks(low, high)] == labels


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (
            (2010, 1, 1),
            (2010, 1, 2),
            ["1 Jan", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "2 Jan"],
        ),
        (
            (2010, 1, 1),
            (2010, 1, 8),
            ["1 Jan", "2 Jan", "3 Jan", "4 Jan", "5 Jan", "6 Jan", "7 Jan", "8 Jan"],
        ),
        ((2010, 1, 1), (2011, 1, 1), ["Jan 2010", "Apr", "Jul", "Oct", "Jan 2011"]),
    ],
)
def test_moments_on_the_axis_are_round_where_the_station_is(
    first: tuple[int, int, int], last: tuple[int, int, int], labels: list[str]
) -> None:
    start, end = (datetime(*each, tzinfo=SEATTLE) for each in (first, last))
    assert [tick.label for tick in time_ticks(start, end, SEATTLE)] == labels


def test_an_hour_that_does_not_exist_is_not_marked() -> None:
    start = datetime(2010, 3, 14, 0, tzinfo=SEATTLE)
    labels = [tick.label for tick in time_ticks(start, start + timedelta(hours=6), SEATTLE)]
    assert "02:00" not in labels
    assert "03:00" in labels
