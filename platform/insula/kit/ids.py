"""UUIDv7: ids that sort by the time they carry."""

import os
from datetime import datetime
from uuid import UUID

from insula.kit.clock import millis, now

_VERSION = 0x7000
_VARIANT = 0x8000000000000000
_MAX_MILLIS = (1 << 48) - 1


def uuid7(at: datetime | None = None) -> UUID:
    """Return a new id that carries `at` (now when left out) and 74 random bits."""
    return uuid7_at(millis(at or now()), os.urandom(10))


def uuid7s(at: datetime, count: int) -> list[UUID]:
    """Return new ids that all carry `at`, each larger than the one before."""
    ms, tails = millis(at), os.urandom(10 * count)
    numbers = [_number(ms, tails[first : first + 10]) for first in range(0, 10 * count, 10)]
    return [UUID(int=each) for each in sorted(numbers)]


def uuid7_at(ms: int, tail: bytes) -> UUID:
    """Return the id of time `ms` (milliseconds since 1970) whose other 74 bits come from the ten bytes `tail`."""
    return UUID(int=_number(ms, tail))


def _number(ms: int, tail: bytes) -> int:
    if not 0 <= ms <= _MAX_MILLIS:
        raise ValueError(f"{ms} ms is outside what a UUIDv7 can carry (0 to {_MAX_MILLIS})")
    if len(tail) != 10:
        raise ValueError(f"tail is ten bytes, not {len(tail)}")
    high = _VERSION | (int.from_bytes(tail[:2]) & 0x0FFF)
    low = _VARIANT | (int.from_bytes(tail[2:]) & 0x3FFFFFFFFFFFFFFF)
    return (ms << 80) | (high << 64) | low


def millis_of(value: UUID) -> int:
    """Return the time a UUIDv7 carries, in milliseconds since 1970."""
    return value.int >> 80


def is_uuid7(value: UUID) -> bool:
    """Tell whether `value` is a UUID of version 7 with the standard variant."""
    return value.int >> 76 & 0xF == 7 and value.int >> 62 & 0b11 == 0b10
