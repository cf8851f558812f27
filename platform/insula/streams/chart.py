"""Lays out a line chart: which points are drawn, where, and where the line is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from insula.streams.scales import Tick, number_ticks, time_ticks

MAX_POINTS = 500
WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 32
_GAP = 1.5
_LARGEST = 1e100


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value; `None` where a record has no number in the field."""

    at: datetime
    value: float | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A reading and its place in the picture."""

    x: float
    y: float
    reading: Reading


@dataclass(frozen=True, slots=True)
class PlacedTick:
    """A tick and its place in the picture."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """The highest and the lowest readings of the parts of a stretch that holds more than there is room for."""

    upper: tuple[Mark, ...]
    lower: tuple[Mark, ...]

    @property
    def outline(self) -> tuple[Mark, ...]:
        """Return the way around the band."""
        return (*self.upper, *reversed(self.lower))


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in the coordinates of its picture."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    lines: tuple[tuple[Mark, ...], ...]
    bands: tuple[Band, ...]
    x_ticks: tuple[PlacedTick, ...]
    y_ticks: tuple[PlacedTick, ...]
    lowest: Reading
    highest: Reading
    of: int

    @property
    def marks(self) -> list[Mark]:
        """Return all drawn points, oldest first."""
        drawn = [mark for line in self.lines for mark in line]
        drawn += [mark for band in self.bands for mark in dict.fromkeys(band.outline)]
        return sorted(drawn, key=lambda mark: mark.reading.at)


def stretches(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Cut readings, oldest first, where a value is missing or one was not taken."""
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(readings)]
    longest = median(steps) * _GAP if steps else 0.0
    found: list[list[Reading]] = [[]]
    before: Reading | None = None
    for reading in readings:
        late = before is not None and (reading.at - before.at).total_seconds() > longest
        if (late or reading.value is None) and found[-1]:
            found.append([])
        if reading.value is not None:
            found[-1].append(reading)
        before = reading
    return [stretch for stretch in found if stretch]


Pair = tuple[Reading, Reading]


def thin(readings: Sequence[Reading], most: int) -> list[Pair]:
    """Return the lowest and the highest reading of each of so many parts that there are at most `most` of them.

    Nothing is averaged, so every point that is drawn was measured, and no peak is lost.
    """
    parts = max(1, min(most // 2, len(readings)))
    cuts = [len(readings) * part // parts for part in range(parts + 1)]
    return [
        (min(readings[first:last], key=_value), max(readings[first:last], key=_value))
        for first, last in pairwise(cuts)
    ]


def lay_out(
    readings: Sequence[Reading], *, start: datetime, end: datetime, zone: ZoneInfo, height: int
) -> Chart | None:
    """Return the chart of readings, oldest first, or None when there is no value to draw."""
    # Beyond this there is no axis to compute; nothing that was measured lies there.
    cut = stretches(
        [each if abs(_value(each)) < _LARGEST else replace(each, value=None) for each in readings]
    )
    total = sum(len(stretch) for stretch in cut)
    if not total:
        return None
    lines, bands = _fit(cut, total)
    values = [
        *(each for line in lines for each in line),
        *(each for band in bands for pair in band for each in pair),
    ]
    lowest, highest = min(values, key=_value), max(values, key=_value)
    y_ticks = number_ticks(_value(lowest), _value(highest))
    bottom, top = y_ticks[0].at, y_ticks[-1].at
    first, span = start.timestamp(), max((end - start).total_seconds(), 1.0)

    def x(seconds: float) -> float:
        return round(_LEFT + (seconds - first) / span * (WIDTH - _LEFT - _RIGHT), 2)

    def y(value: float) -> float:
        return round(height - _BOTTOM - (value - bottom) / (top - bottom) * (height - _TOP - _BOTTOM), 2)

    def mark(reading: Reading) -> Mark:
        return Mark(x(reading.at.timestamp()), y(_value(reading)), reading)

    def placed(ticks: Sequence[Tick], place: Callable[[float], float]) -> tuple[PlacedTick, ...]:
        return tuple(PlacedTick(place(tick.at), tick.label) for tick in ticks)

    return Chart(
        width=WIDTH,
        height=height,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        top=_TOP,
        bottom=height - _BOTTOM,
        lines=tuple(tuple(map(mark, line)) for line in lines),
        bands=tuple(
            Band(tuple(mark(high) for _, high in band), tuple(mark(low) for low, _ in band)) for band in bands
        ),
        x_ticks=placed(time_ticks(start, end, zone), x),
        y_ticks=placed(y_ticks, y),
        lowest=lowest,
        highest=highest,
        of=total,
    )


def _value(reading: Reading) -> float:
    return reading.value if reading.value is not None else 0.0


def _fit(cut: list[list[Reading]], total: int) -> tuple[list[list[Reading]], list[list[Pair]]]:
    if total <= MAX_POINTS:
        return cut, []
    if len(cut) > MAX_POINTS // 4:
        # More gaps than there is room for: what is left is drawn as one.
        cut = [[reading for stretch in cut for reading in stretch]]
    room = MAX_POINTS - 2 * len(cut)
    return [], [thin(stretch, 2 + room * len(stretch) // total) for stretch in cut]
