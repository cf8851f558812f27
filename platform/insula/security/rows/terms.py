"""What the compiler computes with: truths of two sides, and values that are known now or read from a row.

Where Cedar would raise an error, a rule does not apply. SQL knows no such thing, so every boolean is a pair of
conditions: `yes` (Cedar says true) and `no` (Cedar says false); where Cedar would raise, neither holds. Both sides are
built with AND and OR alone, never NOT, so that NULL may stand for "not met" everywhere, and so that an atom that SQL
cannot express may be widened (to True) or narrowed (to False) in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, literal, or_

BASIC: Final = frozenset({"Bool", "String", "Long", "decimal", "datetime", "duration", "ipaddr", "Set"})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION: Final = re.compile(r"(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_MILLISECONDS: Final = (86_400_000, 3_600_000, 60_000, 1_000, 1)


class Untranslatable(Exception):
    """SQL cannot say this: such rows are decided one by one."""


class Fails(Exception):
    """Cedar raises an error here, whatever the row holds."""


@dataclass(frozen=True)
class Truth:
    """A boolean with its two sides, each a Python bool or a condition, and how many atoms each side has."""

    yes: Any
    no: Any
    atoms_yes: int = 1
    atoms_no: int = 1

    def negated(self) -> Truth:
        """Return the opposite; an error stays an error."""
        return Truth(self.no, self.yes, self.atoms_no, self.atoms_yes)


@dataclass(frozen=True)
class Value:
    """A Cedar value: `constant` where it is known now, else `sql`, which is NULL where the attribute is missing.

    `kind` is a basic type, `Set`, or the name of an entity type, whose values are ids. Decimals count
    ten-thousandths. Datetimes are milliseconds since 1970 when constant and canonical UTC text in SQL; `shift` is what
    is still to be added to those, in milliseconds. A set in SQL has the kind of its members in `member`, and tells by
    `holds` whether one is in it. A computed boolean is a `truth`.
    """

    kind: str
    constant: Any = None
    sql: Any = None
    member: str = ""
    holds: Any = None
    shift: int = 0
    truth: Truth | None = None
    bind: Callable[[Any], Any] | None = None
    """Turns a constant into what the column of the row compares with, such as a UUID."""

    def beside(self, constant: Any) -> Any:
        """Return a constant to stand beside this value in SQL."""
        return literal(self.bind(constant) if self.bind is not None else constant)

    @property
    def is_entity(self) -> bool:
        """Say whether it names an entity."""
        return self.kind not in BASIC

    @property
    def present(self) -> Any:
        """The condition under which there is a value."""
        if self.truth is not None:
            return any_of(self.truth.yes, self.truth.no)
        return True if self.sql is None else self.sql.is_not(None)


def all_of(*conditions: Any) -> Any:
    """Join conditions by AND, without those that are true."""
    left = [each for each in conditions if each is not True]
    if any(each is False for each in left):
        return False
    if len(left) > 1:
        return and_(*left)
    return left[0] if left else True


def any_of(*conditions: Any) -> Any:
    """Join conditions by OR, without those that are false."""
    left = [each for each in conditions if each is not False]
    if any(each is True for each in left):
        return True
    if len(left) > 1:
        return or_(*left)
    return left[0] if left else False


def constant(value: Any) -> Value:
    """Return a literal of a residual."""
    if isinstance(value, dict) and "__entity" in value:
        return Value(value["__entity"]["type"], constant=value["__entity"]["id"])
    kind = {bool: "Bool", int: "Long", str: "String"}.get(type(value))
    if kind is None:
        raise Untranslatable(type(value).__name__)
    return Value(kind, constant=value)


def extension(kind: str, text: str) -> Value:
    """Return a decimal, datetime or duration that a rule writes out."""
    if kind == "decimal":
        return Value(kind, constant=int(Decimal(text) * 10_000))
    if kind == "duration":
        return Value(kind, constant=_duration(text))
    at = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00Z")
    return Value(kind, constant=(at - _EPOCH) // timedelta(milliseconds=1))


def canonical(milliseconds: int) -> str:
    """Write a time as rows hold it: `2026-03-01T12:00:00.000Z`, so that texts compare as times do."""
    try:
        at = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise Untranslatable("a year beyond 9999 or before 1") from None
    return f"{at.year:04d}{at.strftime('-%m-%dT%H:%M:%S')}.{at.microsecond // 1000:03d}Z"


def _duration(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise Untranslatable("duration")
    parts = zip(found.groups()[1:], _MILLISECONDS, strict=True)
    total = sum(int(part or 0) * unit for part, unit in parts)
    return -total if found[1] else total
