"""Axes of charts: round numbers, and round moments as a clock on the wall shows them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTES = (1, 5, 15, 30, 60, 180, 360, 720)
_DAYS = (1, 2, 7)
_MONTHS = (1, 3, 6)
_DAY = 1_440
_MONTH = 43_200
_YEAR = 525_600
_SAME = 1e-100


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, in the units of the data, and what is written there."""

    at: float
    label: str


def number_ticks(low: float, high: float, wanted: int = 5) -> list[Tick]:
    """Return round numbers that enclose the range.

    >>> [tick.label for tick in number_ticks(33.1, 50.2)]
    ['30', '35', '40', '45', '50', '55']
    """
    if high - low < _SAME:
        margin = abs(low) * 0.05 or 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [Tick(index * step, f"{index * step + 0.0:,.{digits}f}") for index in range(first, last + 1)]


def time_ticks(start: datetime, end: datetime, zone: ZoneInfo, most: int = 8) -> list[Tick]:
    """Return round local moments of the range, as seconds since 1970."""
    minutes = max((end - start).total_seconds() / 60, 1)
    step = minutes / most
    first, last = start.astimezone(zone).replace(tzinfo=None), end.astimezone(zone).replace(tzinfo=None)
    if step <= _MINUTES[-1]:
        moments, style = _by_minutes(first, last, next(size for size in _MINUTES if size >= step)), "clock"
    elif step <= _DAYS[-1] * _DAY:
        moments, style = _by_days(first, last, next(size for size in _DAYS if size * _DAY >= step)), "day"
    elif step <= _MONTHS[-1] * _MONTH:
        moments, style = (
            _by_months(first, last, next(size for size in _MONTHS if size * _MONTH >= step)),
            "month",
        )
    else:
        years = max(1, math.ceil(step / _YEAR))
        moments, style = _by_months(first, last, 12 * years), "year"
    ticks = []
    for moment in moments:
        local = moment.replace(tzinfo=zone)
        instant = local.astimezone(UTC)
        # An hour that the clocks skip does not exist, so nothing is marked there.
        if instant.astimezone(zone).replace(tzinfo=None) == moment and start <= instant <= end:
            ticks.append(Tick(instant.timestamp(), _label(moment, style)))
    return ticks


def _by_minutes(first: datetime, last: datetime, size: int) -> Iterator[datetime]:
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight
    while moment <= last:
        if moment >= first:
            yield moment
        moment += timedelta(minutes=size)


def _by_days(first: datetime, last: datetime, size: int) -> Iterator[datetime]:
    # Counted from a Monday, so that weeks begin where people expect it.
    monday = datetime(1970, 1, 5)  # noqa: DTZ001  # a local day
    days = (first - monday).days // size * size
    moment = monday + timedelta(days=days)
    while moment <= last:
        if moment >= first:
            yield moment
        moment += timedelta(days=size)


def _by_months(first: datetime, last: datetime, size: int) -> Iterator[datetime]:
    count = (first.year * 12 + first.month - 1) // size * size
    while True:
        moment = datetime(count // 12, count % 12 + 1, 1)  # noqa: DTZ001  # a local day
        if moment > last:
            return
        if moment >= first:
            yield moment
        count += size


def _label(moment: datetime, style: str) -> str:
    if style == "clock" and (moment.hour or moment.minute):
        return f"{moment:%H:%M}"
    if style == "year":
        return str(moment.year)
    if style == "month":
        return f"{moment:%b}" if moment.month > 1 else f"{moment:%b %Y}"
    return day(moment)


def day(moment: datetime) -> str:
    """Return a day in few letters, such as `3 Jan`."""
    return f"{moment.day} {moment:%b}"
