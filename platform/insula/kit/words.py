"""Moments, devices, waits and counts in the words of the screens, and the words that others were meant as."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_LOOKED_AT: Final = 10
_LONGEST: Final = 100

# The order matters: a browser names those it descends from as well.
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """Name the browser and system of a User-Agent.

    >>> device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox on Linux'
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago a moment is, up to a day; after that, its date."""
    seconds = int((now - at).total_seconds())
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return counted(seconds // 60, "minute") + " ago"
    if seconds < 86400:
        return counted(seconds // 3600, "hour") + " ago"
    return f"{at.day} {at:%b %Y}"


def wait(seconds: int) -> str:
    """Say how long to wait.

    >>> wait(1), wait(59), wait(61)
    ('1 second', '59 seconds', '2 minutes')
    """
    return counted(seconds, "second") if seconds < 60 else counted(-(-seconds // 60), "minute")


def counted(number: int, unit: str) -> str:
    """Say a number of things.

    >>> counted(1, "person"), counted(1200, "session")
    ('1 person', '1,200 sessions')
    """
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"


def lasting(seconds: float) -> str:
    """Say a number of seconds in its two largest units.

    >>> lasting(7200), lasting(5400), lasting(45)
    ('2 hours', '1 hour 30 minutes', '45 seconds')
    """
    parts, rest = [], int(seconds)
    for size, name in ((24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(counted(count, name))
    return " ".join(parts[:2]) or counted(0, "second")


def meant(name: str, known: Iterable[str]) -> str:
    """Return which of these a name was meant as, or nothing; of hundreds only the few most alike are compared.

    >>> meant("lattitude", ["name", "latitude"]), meant("x", ["name"])
    ('latitude', '')
    """
    if len(name) > _LONGEST:
        return ""
    letters = set(name)
    few = sorted(known, key=lambda each: len(letters.symmetric_difference(each)))[:_LOOKED_AT]
    return next(iter(difflib.get_close_matches(name, few, 1)), "")
