"""Whether a text has the one form in which decimals, dates and moments are stored, said alike in SQL and in Python.

What is stored may lack it: while a schema changes, where a value could not be converted, and in the trash. Then it
counts as missing, and no database is asked to read a number or a day in it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, and_, case, func, literal_column, not_

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection

_DECIMAL: Final = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(_DAY.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")

_LEAP: Final = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
_DATES: Final = (
    "(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP})"
)
_TIMES: Final = "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{3}Z"
_DAY_GLOB: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_TIME_GLOB: Final = "T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]Z"


def document_of(info: Collection, dialect: str, document: Any) -> Any:
    """Return the column of documents; while fields are being renamed, with the names that these have by now."""
    if not info.moving:
        return document
    named = [(literal_column(f"'{name}'", String), was) for name, was in info.moving.items()]
    if dialect == "sqlite":
        pairs = [(name, document.op("->")(literal_column(f"'$.{was}'", String))) for name, was in named]
        return func.json_patch(func.json_object(*(each for pair in pairs for each in pair)), document)
    pairs = [(name, document.op("->")(literal_column(f"'{was}'", String))) for name, was in named]
    return func.jsonb_concat(func.jsonb_build_object(*(each for pair in pairs for each in pair)), document)


def decimal_of(value: Any) -> str | None:
    """Return a decimal that the policy can hold, else None."""
    return value if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def moment_of(value: Any, *, day: bool) -> datetime | None:
    """Return the moment that a stored date or moment says, else None; a date begins at midnight."""
    if not isinstance(value, str) or not (_DAY if day else _MOMENT).fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(f"{value}T00:00:00.000Z" if day else value)
    except ValueError:
        return None


def is_decimal(dialect: str, text: Any) -> Any:
    """Return the condition that a text is a decimal, with or without a point."""
    if dialect != "sqlite":
        return text.regexp_match(_text("^-?[0-9]+([.][0-9]+)?$"))
    minus = func.substr(text, 1, 1) == _text("-")
    rest = case((minus, func.substr(text, 2, type_=String)), else_=text)
    return and_(
        _glob(rest, "[0-9]*"),
        _glob(rest, "*[0-9]"),
        not_(_glob(rest, "*[^0-9.]*")),
        not_(_glob(rest, "*.*.*")),
    )


def is_moment(dialect: str, text: Any, *, day: bool) -> Any:
    """Return the condition that a text is a date, or a moment."""
    if dialect != "sqlite":
        return text.regexp_match(_text(f"^{_DATES}{'' if day else _TIMES}$"))
    date = func.substr(text, 1, 10, type_=String)
    # It takes the 30th of February for a day of March, once it has to count.
    exists = and_(func.date(date, _text("+0 days"), type_=String) == date, date >= _text("0001"))
    if day:
        return and_(_glob(text, _DAY_GLOB), exists)
    return and_(_glob(text, _DAY_GLOB + _TIME_GLOB), func.substr(text, 12, 2) < _text("24"), exists)


def _glob(text: Any, pattern: str) -> Any:
    return text.op("GLOB", is_comparison=True)(_text(pattern))


def _text(text: str) -> Any:
    """Write out a constant of ours, so that the statement is the same text each time."""
    return literal_column(f"'{text}'", String)
