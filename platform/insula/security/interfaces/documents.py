"""Attributes that a JSON document holds, as SQLite and PostgreSQL read them."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Numeric,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    select,
)

from insula.security.interfaces.rows import Attribute

LARGEST: Final = 2**63 - 1
SMALLEST: Final = -(2**63)

_NAME: Final = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_JSON_KINDS: Final = {"Long": "integer", "Bool": "boolean", "Set": "array"}


def from_document(dialect: str, document: Any, name: str, kind: str) -> Attribute:
    """Return an attribute that a JSON document holds under its name; a value of another JSON type counts as missing.

    Constants are written out rather than bound, so that an index on the same expression is found.
    """
    if not _NAME.match(name):
        raise ValueError(f"{name!r} cannot be the name of an attribute.")
    wanted = _JSON_KINDS.get(kind.partition("<")[0], "string")
    ok, value = (_sqlite if dialect == "sqlite" else _postgresql)(document, name, wanted)
    if wanted == "array":
        whole = kind == "Set<Long>"
        ok = and_(
            ok,
            not_(
                _sqlite_misfit(document, name, whole=whole)
                if dialect == "sqlite"
                else _postgresql_misfit(value, whole=whole)
            ),
        )
    if kind == "decimal":
        # Canonical text with four places, such as -12.5000, is a whole number without its point: as exact as Cedar's.
        value = cast(func.replace(value, _text("."), _text("")), BigInteger)
    sql = case((ok, value), else_=null())
    holds = (lambda member: _holds(dialect, sql, member)) if wanted == "array" else None
    return Attribute(kind, sql, holds=holds)


def _sqlite(document: Any, name: str, wanted: str) -> tuple[Any, Any]:
    path = _text(f"$.{name}")
    type_, value = func.json_type(document, path), func.json_extract(document, path)
    match wanted:
        case "boolean":
            return type_.in_([_text("true"), _text("false")]), type_ == _text("true")
        case "integer":
            # Beyond 64 bits it reads as a real number, which Cedar does not have.
            return and_(type_ == _text("integer"), func.typeof(value) == _text("integer")), value
        case "string":
            return type_ == _text("text"), cast(value, String)
    return type_ == _text("array"), value


def _postgresql(document: Any, name: str, wanted: str) -> tuple[Any, Any]:
    key = _text(name)
    member = document.op("->")(key)
    text = document.op("->>", return_type=String())(key)
    type_ = func.jsonb_typeof(member)
    match wanted:
        case "boolean":
            return type_ == _text("boolean"), text == _text("true")
        case "integer":
            whole = and_(type_ == _text("number"), text.regexp_match(_text("^-?[0-9]+$")))
            number = case((whole, cast(text, Numeric)))
            return number.between(SMALLEST, LARGEST), number
        case "string":
            return type_ == _text("string"), text.collate("C")
    return type_ == _text("array"), member


def _sqlite_misfit(document: Any, name: str, *, whole: bool) -> Any:
    """Return whether a list has a member of another kind: then it counts as missing, like any value of another kind."""
    each = func.json_each(document, _text(f"$.{name}")).table_valued("value", "type")
    fits = and_(each.c.type == _text("integer"), func.typeof(each.c.value) == _text("integer"))
    return exists(
        select(literal(1)).select_from(each).where(not_(fits) if whole else each.c.type != _text("text"))
    )


def _postgresql_misfit(array: Any, *, whole: bool) -> Any:
    # Whatever is no list has no members; without the choice, PostgreSQL would refuse to take it apart.
    safe = case((func.jsonb_typeof(array) == _text("array"), array), else_=literal_column("'[]'::jsonb"))
    each = func.jsonb_array_elements(safe).table_valued("value")
    kind, text = func.jsonb_typeof(each.c.value), cast(each.c.value, String)
    if not whole:
        return exists(select(literal(1)).select_from(each).where(kind != _text("string")))
    number = case((text.regexp_match(_text("^-?[0-9]+$")), cast(text, Numeric)))
    fits = func.coalesce(number.between(SMALLEST, LARGEST), false())
    return exists(select(literal(1)).select_from(each).where(not_(fits)))


def _holds(dialect: str, array: Any, member: Any) -> Any:
    if dialect == "sqlite":
        each = func.json_each(array).table_valued("value", "type")
        kind = _text("text" if isinstance(member, str) else "integer")
        return exists(select(literal(1)).select_from(each).where(each.c.value == member, each.c.type == kind))
    typed = cast(member, String if isinstance(member, str) else BigInteger)
    return array.op("@>", is_comparison=True)(func.jsonb_build_array(typed))


def _text(text: str) -> Any:
    """Write out a constant of ours; it never comes from outside, and a name was checked above."""
    return literal_column(f"'{text}'", String)
