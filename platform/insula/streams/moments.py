"""Reads the moments that records, queries and pages name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from insula.kit.clock import millis

_SHAPE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
# A day inside of what a moment can be, so that changing its offset never leaves it.
_FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
_REMEDY = "Write it as ISO 8601 with its offset, as in 2010-01-01T08:00:00Z or 2010-01-01T00:00:00-08:00."


def moment(text: object) -> datetime:
    """Return the moment an ISO 8601 text with offset says, in UTC; raises ValueError that tells the remedy."""
    return _read(text).astimezone(UTC)


def moment_ms(text: object) -> int:
    """Return the moment as whole milliseconds since 1970, rounded down."""
    return millis(_read(text))


def _read(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError(f"A time is a text. {_REMEDY}")  # noqa: TRY004  # one error for whatever is no time
    if len(text) > 40 or not _SHAPE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a time. {_REMEDY}")
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time: {error}. {_REMEDY}") from error
    if at.tzinfo is None:
        raise ValueError(f"{text!r} does not say its offset from UTC. {_REMEDY}")
    if not _FIRST <= at <= _LAST:
        raise ValueError(f"{text!r} lies outside of what is kept. {_REMEDY}")
    return at
