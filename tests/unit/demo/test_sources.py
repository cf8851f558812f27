"""The real measurements: as many as the files have, each at a moment of its own."""

import pytest

from insula.demo.sources import airports, temperatures, weather
from insula.kit.json import loads


@pytest.mark.parametrize(
    ("rows", "file", "count"),
    [
        (temperatures, "seattle-temps.csv", 8759),
        (temperatures, "sf-temps.csv", 8759),
        (weather, "seattle-weather.csv", 1461),
        (airports, "airports.csv", 3376),
    ],
)
def test_each_row_has_a_moment_of_its_own(rows, file: str, count: int) -> None:
    moments = [at for at, _, _ in rows(file)]
    assert len(moments) == len({at.timestamp() for at in moments}) == count
    assert moments == sorted(moments)


def test_a_reading_carries_the_offset_that_its_clock_had() -> None:
    bodies = [loads(body) for _, _, body in temperatures("seattle-temps.csv")]
    assert bodies[0] == {"time": "2010-01-01T00:00:00-08:00", "temperature": 39.4}
    assert next(body for body in bodies if body["time"].startswith("2010-07-01T00"))["time"].endswith(
        "-07:00"
    )
