"""The real measurements, read from the files of the package vega_datasets, which itself is never imported."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from insula.kit.errors import NotFound
from insula.kit.json import dumps

STATION = ZoneInfo("America/Los_Angeles")
AIRPORTS_FROM = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))

Row = tuple[datetime, str, bytes]
"""When it was measured, its series, and its body as JSON."""


def folder() -> Path:
    """Return the folder of the data files; raises NotFound with the remedy."""
    spec = find_spec("vega_datasets")
    if spec is None or not spec.submodule_search_locations:
        raise NotFound("The data is missing. Run: pip install --no-deps vega_datasets")
    return Path(next(iter(spec.submodule_search_locations))) / "_data"


def temperatures(name: str) -> Iterator[Row]:
    """Yield the hourly readings of 2010 of one station, with the offset its local time had."""
    for line in lines(name):
        # The file says 02:00 for the hour that the change to summer time skips; fold 0 reads it as the hour
        # after 01:00, which is what it is, so that every reading keeps a moment of its own.
        at = datetime.fromisoformat(line["date"].replace("/", "-")).replace(tzinfo=STATION)
        yield at, "", dumps({"time": at.isoformat(), "temperature": float(line["temp"])})


def weather(name: str) -> Iterator[Row]:
    """Yield one record a day: rain in mm, temperatures in °C, wind in m/s, and the weather in a word."""
    for line in lines(name):
        at = datetime.fromisoformat(line["date"].replace("/", "-")).replace(tzinfo=STATION)
        numbers: dict[str, Any] = {
            key: float(line[key]) for key in ("precipitation", "temp_max", "temp_min", "wind")
        }
        yield at, "", dumps({"time": at.isoformat(), **numbers, "weather": line["weather"]})


def airports(name: str) -> Iterator[Row]:
    """Yield one record an airport, grouped by state; a list has no time, so the order of the file becomes one."""
    for number, line in enumerate(lines(name)):
        place: dict[str, Any] = {
            **line,
            "latitude": float(line["latitude"]),
            "longitude": float(line["longitude"]),
        }
        yield AIRPORTS_FROM + timedelta(milliseconds=number), line["state"] or "NA", dumps(place)


def lines(name: str) -> Iterator[dict[str, str]]:
    """Yield the lines of a file as they are."""
    with (folder() / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
