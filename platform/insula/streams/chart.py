"""Lays out a line chart: which points are drawn, where, and where the line is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from insula.streams.scales import Tick, number_ticks, time_ticks

MAX_POINTS = 500
WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 28
_GAP = 1.5


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
class Chart:
    """A chart in the coordinates of its picture."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    lines: tuple[tuple[Mark, ...], ...]
    x_ticks: tuple[PlacedTick, ...]
    y_ticks: tuple[PlacedTick, ...]
    lowest: Reading
    highest: Reading
    of: int

    @property
    def marks(self) -> list[Mark]:
        """All drawn points, oldest first."""
        return [mark for line in self.lines for mark in line]


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


def thin(readings: Sequence[Reading], most: int) -> list[Reading]:
    """Return at most `most` of the readings: the lowest and the highest of each of many equal parts.

    Nothing is averaged, so every point that is drawn was measured, and no peak is lost.
    """
    if len(readings) <= most:
        return list(readings)
    parts = max(1, most // 2)
    kept: dict[int, Reading] = {}
    for part in range(parts):
        places = range(part * len(readings) // parts, (part + 1) * len(readings) // parts)
        for pick in (min, max):
            place = pick(places, key=lambda index: readings[index].value or 0.0)
            kept[place] = readings[place]
    return [kept[place] for place in sorted(kept)][:most]


def lay_out(
    readings: Sequence[Reading], *, start: datetime, end: datetime, zone: ZoneInfo, height: int
) -> Chart | None:
    """Return the chart of readings, oldest first, or None when there is no value to draw."""
    cut = stretches(readings)
    total = sum(len(stretch) for stretch in cut)
    if not total:
        return None
    lines = _thin_all(cut, total)
    values = [reading for stretch in lines for reading in stretch]
    lowest, highest = min(values, key=_value), max(values, key=_value)
    y_ticks = number_ticks(_value(lowest), _value(highest))
    bottom, top = y_ticks[0].at, y_ticks[-1].at
    first, span = start.timestamp(), max((end - start).total_seconds(), 1.0)

    def x(seconds: float) -> float:
        return round(_LEFT + (seconds - first) / span * (WIDTH - _LEFT - _RIGHT), 2)

    def y(value: float) -> float:
        return round(height - _BOTTOM - (value - bottom) / (top - bottom) * (height - _TOP - _BOTTOM), 2)

    def placed(ticks: Sequence[Tick], place: Callable[[float], float]) -> tuple[PlacedTick, ...]:
        return tuple(PlacedTick(place(tick.at), tick.label) for tick in ticks)

    return Chart(
        width=WIDTH,
        height=height,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        top=_TOP,
        bottom=height - _BOTTOM,
        lines=tuple(
            tuple(Mark(x(reading.at.timestamp()), y(_value(reading)), reading) for reading in line)
            for line in lines
        ),
        x_ticks=placed(time_ticks(start, end, zone), x),
        y_ticks=placed(y_ticks, y),
        lowest=lowest,
        highest=highest,
        of=total,
    )


def _value(reading: Reading) -> float:
    return reading.value if reading.value is not None else 0.0


def _thin_all(cut: Sequence[Sequence[Reading]], total: int) -> list[list[Reading]]:
    if total <= MAX_POINTS:
        return [list(stretch) for stretch in cut]
    if len(cut) > MAX_POINTS // 2:
        # More gaps than there is room for: what is left of the line is drawn as one.
        return [thin([reading for stretch in cut for reading in stretch], MAX_POINTS)]
    room = MAX_POINTS - len(cut)
    return [thin(stretch, 1 + room * len(stretch) // total) for stretch in cut]
