"""Values of each kind of field: read strictly from JSON or leniently from text, into the one form that is stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from insula.collections.interfaces.schemas import FieldDocument
from insula.kit.texts import UNKEPT, unkept

Reader = Callable[[Any], Any]
"""Returns the value as it is stored, or raises Unfit."""

MOST_DIGITS: Final = 36
_EXACT: Final = Context(prec=120)
_SURROGATE_OR_NUL: Final = re.compile("[\0\ud800-\udfff]")
_LARGEST: Final = 1 << 63
_INTEGER: Final = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)
_PLAIN: Final = re.compile(r"(-?[1-9]\d*)\.(\d+)", re.ASCII)
_FEW: Final = 18
_TRUE: Final = {"true", "yes", "1", "on"}
_FALSE: Final = {"false", "no", "0", "off"}


class Unfit(ValueError):
    """What is wrong with a value, in words for people."""


def text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise Unfit("Use a text.")
    if _SURROGATE_OR_NUL.search(value):
        raise Unfit(UNKEPT)
    return value


def integer(value: Any) -> int:
    """Read a whole number that 64 bits hold."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("Use a whole number, without quotes.")
    if not -_LARGEST <= value < _LARGEST:
        raise Unfit("Use a whole number between -2^63 and 2^63 - 1.")
    return value


def decimal(scale: int) -> Reader:
    """Return what reads a number with this many digits behind the point, into text that has all of them."""
    unit = Decimal(1).scaleb(-scale)
    most = MOST_DIGITS - scale

    def read(value: Any) -> str:
        # What is written plainly, as most numbers are, only lacks some zeros.
        if isinstance(value, (str, float)) and (plain := _PLAIN.fullmatch(str(value))):
            whole, part = plain.groups()
            if len(whole) <= _FEW and len(part) <= scale and scale:
                return f"{value}{'0' * (scale - len(part))}"
        if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
            raise Unfit('Use a number, or a text such as "12.50".')
        try:
            number = _number(value)
            if abs(number) >= 10**most:
                raise Unfit(f"Use a number with at most {most} digits before the point.")
            kept = number.quantize(unit, context=_EXACT)
        except InvalidOperation:
            raise Unfit('Use a number, or a text such as "12.50".') from None
        if kept != number:
            raise Unfit(f"Use at most {scale} digits behind the point.")
        return f"{kept:f}" if kept else f"{abs(kept):f}"

    return read


def boolean(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Unfit("Use true or false.")
    return value


def moment(value: Any) -> str:
    """Read a moment with its zone, into UTC with milliseconds."""
    try:
        read = datetime.fromisoformat(value)
        _refuse(unless=read.tzinfo is not None)
        return read.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError):
        raise Unfit("Use a date, a time and a zone, such as 2026-03-31T18:00:00Z.") from None


def day(value: Any) -> str:
    """Read a date."""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Unfit("Use a date such as 2026-03-31.") from None


def hour(value: Any) -> str:
    """Read a time of the day."""
    try:
        read = time.fromisoformat(value)
        _refuse(unless=read.tzinfo is None and not read.microsecond)
        return read.isoformat()
    except (TypeError, ValueError):
        raise Unfit("Use a time of the day such as 18:30 or 18:30:15.") from None


def choice(choices: tuple[str, ...]) -> Reader:
    """Return what reads one of these texts."""
    known = frozenset(choices)

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise Unfit(f"Use one of: {', '.join(choices[:20])}{' …' if len(choices) > 20 else ''}.")
        return value

    return read


def identifier(value: Any) -> str:
    """Read the id of an entry or of a file."""
    if isinstance(value, UUID):
        return str(value)
    try:
        return str(UUID(value))
    except (TypeError, ValueError, AttributeError):
        raise Unfit("Use the id of what it leads to.") from None


def thing(value: Any) -> dict[str, Any]:
    """Read a JSON object."""
    if not isinstance(value, dict):
        raise Unfit("Use a JSON object.")
    if next(unkept(value), None) is not None:
        raise Unfit(UNKEPT)
    return value


def reader_of(kind: str, field: FieldDocument) -> Reader:
    """Return what reads one value of a kind."""
    if kind == "decimal":
        return decimal(field.scale or 0)
    if kind == "choice":
        return choice(field.choices)
    return _READERS[kind]


def from_text(kind: str, given: str) -> Any:
    """Return what stands for a text in JSON: of a table, a form or an address; raises Unfit."""
    if kind == "integer":
        if not _INTEGER.fullmatch(given.strip()):
            raise Unfit("Use a whole number.")
        return int(given)
    if kind == "boolean":
        word = given.strip().lower()
        if word not in _TRUE | _FALSE:
            raise Unfit("Use true or false.")
        return word in _TRUE
    if kind in ("decimal", "datetime", "date", "time", "link", "file"):
        return given.strip()
    return given


def _refuse(*, unless: bool) -> None:
    if not unless:
        raise ValueError


def _number(value: Any) -> Decimal:
    # The shortest text that means a float is what its sender wrote.
    written = repr(value) if isinstance(value, float) else str(value)
    if not _DECIMAL.fullmatch(written):
        raise InvalidOperation
    return Decimal(written)


_READERS: Final[dict[str, Reader]] = {
    "text": text,
    "rich_text": text,
    "integer": integer,
    "boolean": boolean,
    "datetime": moment,
    "date": day,
    "time": hour,
    "link": identifier,
    "file": identifier,
    "object": thing,
}
