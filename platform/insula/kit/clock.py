"""Time as aware UTC, and its two spellings: milliseconds and ISO 8601."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    """Return the present moment as aware UTC."""
    return datetime.now(UTC)


def millis(at: datetime) -> int:
    """Return an aware moment as whole milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def from_millis(value: int) -> datetime:
    """Return the aware UTC moment `value` milliseconds after 1970."""
    return _EPOCH + value * _MILLISECOND


def isoformat(at: datetime) -> str:
    """Return an aware moment as `2010-01-01T00:00:00.000Z`."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
