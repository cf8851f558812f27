"""Filters, read by the types of their fields, and what each is in SQL: on the document, or on the narrow table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, true

from insula.collections.interfaces.queries import Filter
from insula.collections.queries.terms import Term, Vocabulary, bound
from insula.collections.schemas.keys import NULL, key_of
from insula.collections.schemas.values import from_text
from insula.kit.errors import FieldError

_COMPARED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": lambda column, value: column == value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
}
_TEXTS: Final = frozenset({"text", "rich_text", "choice"})
_MOST_VALUES: Final = 200
_LONGEST_PATTERN: Final = 200
"""Characters of `like`: databases try a pattern at each place of a text."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A filter whose value was read: of `in` a tuple, of `like` the parts around the wildcard, of `null` a boolean."""

    term: Term
    op: str
    value: Any


def conditions(
    filters: tuple[Filter, ...], vocabulary: Vocabulary, errors: list[FieldError]
) -> tuple[Condition, ...]:
    """Return the filters with their values read; what is wrong with them is added to `errors`."""
    found = []
    for each in filters:
        path = each.field if each.op == "eq" else f"{each.field}[{each.op}]"
        term = vocabulary.find(each.field)
        if term is None:
            errors.append(vocabulary.unknown(path, each.field))
            continue
        try:
            found.append(_read(each, term))
        except ValueError as error:
            errors.append(FieldError(path, str(error)))
    return tuple(found)


def on_document(condition: Condition, vocabulary: Vocabulary) -> Any:
    """Return a condition as SQL on a row of entries; it is never NULL where rows are to be counted apart."""
    term, value = condition.term, condition.value
    match condition.op:
        case "ne":
            # What has no value has another one, so that `eq` and `ne` together are all.
            return func.coalesce(term.sql != term.bind(value), true())
        case "in":
            return term.sql.in_([term.bind(each) for each in value])
        case "has":
            return term.holds(value) if term.holds is not None else term.sql == value
        case "like":
            return vocabulary.like(term.sql, value)
        case "null":
            return term.sql.is_(None) if value else term.sql.is_not(None)
    return _COMPARED[condition.op](term.sql, bound(term.bind(value)))


def on_key(condition: Condition, column: Any) -> Any:
    """Return a condition as SQL on the keys of its field, or None where keys cannot say it."""
    field, value = condition.term.field, condition.value
    if not condition.term.indexed or condition.op == "like":
        return None
    match condition.op:
        case "ne":
            return column != key_of(field, value)
        case "in":
            return column.in_([key_of(field, each) for each in value])
        case "has":
            return column == key_of(field, value)
        case "null" if field.type == "list":
            return None
        case "null":
            return column == NULL if value else column > NULL
        case "lt" | "lte":
            return and_(column > NULL, _COMPARED[condition.op](column, key_of(field, value)))
    return _COMPARED[condition.op](column, key_of(field, value))


def _read(given: Filter, term: Term) -> Condition:
    kind = "" if term.system else term.field.type
    if given.op == "null":
        return Condition(term, "null", from_text("boolean", given.value))
    if kind in {"object", "list"} and (kind == "object" or given.op != "has"):
        other = "has or null" if kind == "list" else "null"
        raise ValueError(f"A field of type {kind} is filtered by {other}.")
    if given.op == "has" and kind != "list":
        raise ValueError("Only a list has items; use eq or in.")
    if given.op == "like":
        if kind not in _TEXTS:
            raise ValueError("Only a text is like another.")
        if len(given.value) > _LONGEST_PATTERN:
            raise ValueError(f"At most {_LONGEST_PATTERN} characters.")
        return Condition(term, "like", tuple(given.value.split("*")))
    if given.op == "in":
        parts = given.value.split(",")
        if len(parts) > _MOST_VALUES:
            raise ValueError(f"At most {_MOST_VALUES} values.")
        return Condition(term, "in", tuple(dict.fromkeys(term.read(part.strip()) for part in parts)))
    return Condition(term, given.op, term.read(given.value))
