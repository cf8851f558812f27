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
    """A range of the keys of one index: what is equal on its first fields, and what bounds the next one."""

    info: Collection
    fields: tuple[str, ...]
    equal: tuple[Condition, ...]
    bounds: tuple[Condition, ...]
    ordered: bool = False
    """Whether its keys stand in the order asked for."""

    @property
    def name(self) -> str:
        """What the narrow table calls the index."""
        return "+".join(self.fields)

    @property
    def answered(self) -> tuple[Condition, ...]:
        """The conditions that need not be asked of the rows any more."""
        return (*self.equal, *self.bounds)

    @property
    def single(self) -> bool:
        """Whether all its keys are the same, so that what it finds stands in the order of ids."""
        return len(self.equal) == len(self.fields)

    def where(self, column: Any) -> list[Any]:
        """Return the conditions on the column of keys."""
        if len(self.fields) == 1:
            return [on_key(each, column) for each in self.answered]
        return list(_together(self, column))


def best_range(
    info: Collection, conditions: Sequence[Condition], orders: Sequence[Order], readable: frozenset[str]
) -> Range | None:
    """Return the range that gives the order asked for and answers most, or None where no index gives that order.

    No orders at all is the order of ids. Where a field of an index may not be viewed, its order would tell of it.
    """
    indexes = (fields for fields in _indexes(info) if readable.issuperset(fields))
    found = (_range(info, fields, conditions, orders) for fields in indexes)
    fitting = [each for each in found if each.ordered or (each.single and not orders)]
    return max(fitting, key=lambda each: len(each.answered), default=None)


def widest_range(info: Collection, conditions: Sequence[Condition]) -> Range | None:
    """Return the range that answers most, in whatever order; None where none answers anything."""
    found = [_range(info, fields, conditions, ()) for fields in _indexes(info)]
    best = max(found, key=lambda each: len(each.answered), default=None)
    return best if best is not None and best.answered else None


def _indexes(info: Collection) -> Iterable[tuple[str, ...]]:
    for name, fields in info.indexes.items():
        # An entry has a key for each item of a list, and would be found as often.
        if name not in info.building and fields[0].type != "list":
            yield tuple(field.name for field in fields)


def _range(
    info: Collection, fields: tuple[str, ...], conditions: Sequence[Condition], orders: Sequence[Order]
) -> Range:
    equal: list[Condition] = []
    for name in fields:
        found = next((each for each in conditions if each.term.name == name and _is_equal(each)), None)
        if found is None:
            break
        equal.append(found)
    rest = fields[len(equal) :]
    bounds = tuple(each for each in conditions if rest and each.term.name == rest[0] and each.op in _RANGES)
    known = {each.term.name for each in equal}
    wanted = [each for each in orders if each.name not in known]
    ordered = (
        bool(orders)
        and [each.name for each in wanted] == list(rest[: len(wanted)])
        and len({each.descending for each in wanted}) <= 1
    )
    return Range(info, fields, tuple(equal), bounds, ordered)


def _is_equal(condition: Condition) -> bool:
    return condition.op == "eq" or (condition.op == "null" and condition.value)


def _together(found: Range, column: Any) -> Iterable[Any]:
    """Yield the conditions on keys of several fields, each of which is closed by `CLOSE`."""
    fields = found.info.fields
    before = joined(
        [NULL if each.op == "null" else key_of(fields[each.term.name], each.value) for each in found.equal]
    )
    if found.single:
        yield column == before
        return
    if before:
        yield column >= before
        yield column < before[:-1] + PAST
    for each in found.bounds:
        # The key of one field as it stands in the middle of others, not closed yet.
        key = before + joined([key_of(fields[each.term.name], each.value)])[:-1]
        if each.op == "gte":
            yield column >= key
        elif each.op == "gt":
            yield column >= key + PAST
        else:
            yield column >= before + _SOME
            yield column < (key if each.op == "lt" else key + PAST)
