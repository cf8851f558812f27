"""Which index of a collection answers a question best, and the one range of its keys that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from insula.collections.interfaces.schemas import Collection
from insula.collections.queries.filters import Condition, on_key
from insula.collections.schemas.keys import NULL, PAST, joined, key_of

_RANGES = frozenset({"lt", "lte", "gt", "gte"})
_SOME = "1"
"""How the key of every value begins."""


@dataclass(frozen=True)
class Order:
    """One thing that a list is sorted by."""

    name: str
    descending: bool


@dataclass(frozen=True)
class Range:
    """A range of the keys of one index: which conditions it answers, and whether its keys stand in the order asked."""

    fields: tuple[str, ...]
    where: tuple[Any, ...]
    """Conditions on the column of keys."""
    answered: tuple[Condition, ...]
    ordered: bool = False
    single: bool = False
    """Whether all its keys are the same, so that what it finds stands in the order of ids."""

    @property
    def name(self) -> str:
        """What the narrow table calls the index."""
        return "+".join(self.fields)


def best_range(
    info: Collection,
    conditions: Sequence[Condition],
    orders: Sequence[Order],
    column: Any,
    readable: frozenset[str],
) -> Range | None:
    """Return the range that gives the order asked for and answers most, or None where no index gives that order.

    No orders at all is the order of ids. Where a field of an index may not be viewed, its order would tell of it.
    """
    indexes = (fields for fields in _indexes(info) if readable.issuperset(fields))
    found = (_range(info, fields, conditions, orders, column) for fields in indexes)
    fitting = [each for each in found if each.ordered or (each.single and not orders)]
    return max(fitting, key=lambda each: len(each.answered), default=None)


def widest_range(info: Collection, conditions: Sequence[Condition], column: Any) -> Range | None:
    """Return the range that answers most, in whatever order; None where none answers anything."""
    found = [_range(info, fields, conditions, (), column) for fields in _indexes(info)]
    best = max(found, key=lambda each: len(each.answered), default=None)
    return best if best is not None and best.answered else None


def _indexes(info: Collection) -> Iterable[tuple[str, ...]]:
    for name, fields in info.indexes.items():
        # An entry has a key for each item of a list, and would be found as often.
        if name not in info.building and fields[0].type != "list":
            yield tuple(field.name for field in fields)


def _range(
    info: Collection,
    fields: tuple[str, ...],
    conditions: Sequence[Condition],
    orders: Sequence[Order],
    column: Any,
) -> Range:
    equal: list[Condition] = []
    for name in fields:
        found = next((each for each in conditions if each.term.name == name and _is_equal(each)), None)
        if found is None:
            break
        equal.append(found)
    rest = fields[len(equal) :]
    bounds = [each for each in conditions if rest and each.term.name == rest[0] and each.op in _RANGES]
    known = {each.term.name for each in equal}
    wanted = [each for each in orders if each.name not in known]
    ordered = (
        bool(orders)
        and [each.name for each in wanted] == list(rest[: len(wanted)])
        and len({each.descending for each in wanted}) <= 1
    )
    if len(fields) == 1:
        where = [on_key(each, column) for each in (*equal, *bounds)]
    else:
        where = list(_together(info, equal, bounds, column, whole=not rest))
    return Range(fields, tuple(where), (*equal, *bounds), ordered=ordered, single=not rest)


def _is_equal(condition: Condition) -> bool:
    return condition.op == "eq" or (condition.op == "null" and condition.value)


def _together(
    info: Collection, equal: Sequence[Condition], bounds: Sequence[Condition], column: Any, *, whole: bool
) -> Iterable[Any]:
    """Yield the conditions on keys of several fields, each of which is closed by `CLOSE`."""
    fields = info.fields
    before = joined(
        [NULL if each.op == "null" else key_of(fields[each.term.name], each.value) for each in equal]
    )
    if whole:
        yield column == before
        return
    if before:
        yield column >= before
        yield column < before[:-1] + PAST
    for each in bounds:
        # The key of one field as it stands in the middle of others, not closed yet.
        key = before + joined([key_of(fields[each.term.name], each.value)])[:-1]
        if each.op == "gte":
            yield column >= key
        elif each.op == "gt":
            yield column >= key + PAST
        else:
            yield column >= before + _SOME
            yield column < (key if each.op == "lt" else key + PAST)
