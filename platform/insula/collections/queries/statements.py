"""The statements of questions: one for a page of rows, one for a count, one for groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, column, false, func, literal, or_, select, true, tuple_

from insula.collections.interfaces.entries import Entry, Stage
from insula.collections.queries.asking import COLUMNS, KEYS, ROW, Asked
from insula.collections.queries.ranges import Order, Range, best_range, widest_range
from insula.collections.queries.terms import bound
from insula.kit.errors import FieldError, Invalid, Malformed

_JOINED: Final = KEYS.join(
    ROW,
    and_(
        ROW.c.tenant_id == KEYS.c.tenant_id,
        ROW.c.collection_id == KEYS.c.collection_id,
        ROW.c.stage == KEYS.c.stage,
        ROW.c.id == KEYS.c.entry_id,
    ),
)
_WRITE: Final[Mapping[type, tuple[str, Callable[[Any], str]]]] = {
    datetime: ("t", datetime.isoformat),
    Decimal: ("d", str),
    UUID: ("u", str),
}
_READ: Final[Mapping[str, Any]] = {"t": datetime.fromisoformat, "d": Decimal, "u": UUID}


@dataclass(frozen=True)
class Plan:
    """How a page is read: along a range of keys, along the ids, or sorted where no index has that order."""

    asked: Asked
    range: Range | None
    sorted: tuple[tuple[Any, bool], ...]
    """What is sorted by, and whether downwards; empty where an index has the order."""
    descending: bool
    short: bool = False
    """Whether the range finds so few that they are sorted by their ids."""

    @property
    def by_key(self) -> bool:
        """Whether places are keys, rather than ids alone."""
        return self.range is not None and self.range.ordered

    def statement(self, limit: Any, after: Mapping[str, Any] | None) -> Select[Any]:
        """Return the statement of one page behind a place."""
        found, chosen = _from(self.asked, self.range, *COLUMNS, *(each for each, _ in self.sorted))
        downs = [down for _, down in self.sorted]
        sorted_by = list(zip(chosen[len(COLUMNS) :], downs, strict=True))
        places = [KEYS.c.key, KEYS.c.entry_id] if self.by_key else [self._id]
        # Fetched and then sorted: for the order of ids as such, a database would look at every key of the collection.
        last = [func.nullif(each, UUID(int=0)) for each in places] if self.short else places
        order = [
            *(
                part.desc() if down else part.asc()
                for each, down in sorted_by
                for part in (_present(each), each)
            ),
            *(part.desc() if self.descending else part.asc() for part in last),
        ]
        shown = [*chosen, KEYS.c.key] if self.by_key else chosen
        page = found.with_only_columns(*shown).order_by(*order).limit(limit)
        return page if after is None else page.where(self._behind(after, places, sorted_by))

    def place(self, row: Any) -> dict[str, Any]:
        """Return the place of a row."""
        place: dict[str, Any] = {"i": row[0].hex, "p": self._words}
        rest = row[len(COLUMNS) :]
        if self.by_key:
            place["k"] = rest[0]
        elif self.sorted:
            place["v"] = [_written(value) for value in rest]
        return place

    @cached_property
    def _words(self) -> str:
        """What a place says of the order that it lies in; under another order it would be somewhere else."""
        words: tuple[Any, ...] = ("i", self.descending)
        if self.by_key and self.range is not None:
            words = ("k", self.range.name, self.descending, self.asked.info.version)
        elif self.sorted:
            orders = tuple((each.name, each.descending) for each in self.asked.orders)
            words = ("v", orders, self.asked.info.version)
        return sha256(repr(words).encode()).hexdigest()[:16]

    @property
    def _id(self) -> Any:
        return ROW.c.id if self.range is None else KEYS.c.entry_id

    def _behind(
        self, after: Mapping[str, Any], places: Sequence[Any], sorted_by: Sequence[tuple[Any, bool]]
    ) -> Any:
        if after.get("p") != self._words:
            wrong = FieldError("after", "The list has another order by now. Begin again without it.")
            raise Malformed("The list cannot be continued.", errors=[wrong])
        last = UUID(after["i"])
        if self.by_key:
            here, there = tuple_(*places), tuple_(literal(after["k"]), literal(last))
            return here < there if self.descending else here > there
        condition = self._id < last if self.descending else self._id > last
        for (each, down), value in reversed(
            list(zip(sorted_by, map(_read, after.get("v", ())), strict=True))
        ):
            condition = _after(each, value, condition, down=down)
        return condition


def plan(asked: Asked, is_short: Callable[[Range], bool]) -> Plan:
    """Return how the rows of a question are read in their order; `is_short` says of a range whether it finds few."""
    orders, readable = asked.orders, asked.vocabulary.readable
    if orders[0].name in {"id", "created"}:
        # Ids begin with the time at which they were made.
        found = best_range(asked.info, asked.conditions, (), readable)
        widest = widest_range(asked.info, asked.conditions) if found is None else None
        if widest is not None and is_short(widest):
            return Plan(asked, widest, (), orders[0].descending, short=True)
        return Plan(asked, found, (), orders[0].descending)
    found = best_range(asked.info, asked.conditions, orders, readable)
    if found is not None:
        known = {each.term.name for each in found.equal}
        first = next((each for each in orders if each.name not in known), orders[0])
        return Plan(asked, found, (), first.descending)
    widest = widest_range(asked.info, asked.conditions)
    return Plan(asked, widest, tuple(_sorting(asked, orders)), orders[0].descending)


def keys_of(asked: Asked, found: Range, most: int) -> Select[Any]:
    """Return the statement that counts the keys of a range, up to `most`."""
    keys = select(literal(1).label("one")).select_from(KEYS).where(*_in_range(asked, found)).limit(most)
    return select(func.count()).select_from(keys.subquery())


def count(asked: Asked, most: int | None = None) -> Select[Any]:
    """Return the statement that counts the rows, up to `most`; it reads keys alone where these answer all."""
    found = widest_range(asked.info, asked.conditions)
    one = literal(1).label("one")
    if (
        found is not None
        and asked.everything
        and len(found.answered) == len(asked.conditions)
        and not asked.question.q
    ):
        rows = select(one).select_from(KEYS).where(*_in_range(asked, found))
    else:
        rows = _from(asked, found)[0].with_only_columns(one)
    if most is None:
        return rows.with_only_columns(func.count())
    return select(func.count()).select_from(rows.limit(most).subquery())


def groups(asked: Asked, by: Sequence[Any], limit: int) -> Select[Any]:
    """Return the statement that counts the rows of each group, the largest first."""
    number = func.count().label("number")
    found, terms = _from(asked, widest_range(asked.info, asked.conditions), *by)
    named = [each.label(f"by{index}") for index, each in enumerate(terms)]
    rows = found.with_only_columns(*named, number)
    # By their names: what the expressions are bound to stands in each place anew, and PostgreSQL takes them for others.
    return rows.group_by(*(each.name for each in named)).order_by(number.desc(), *named).limit(limit)


def refuse_unsorted(asked: Asked, most: int) -> Invalid:
    """Return the error that says which index would give the order."""
    names = ", ".join(each.name for each in asked.orders)
    detail = (
        f"More than {most:,} entries would have to be sorted. Declare an index on {names}, ask for less with a filter, "
        "or sort by created."
    )
    return Invalid(errors=[FieldError("sort", detail)])


def entry_of(row: Any, asked: Asked) -> Entry:
    """Return a row of a page as an entry."""
    id_, version, text, author_id, created, changed, published_at, publish_at, expire_at = row[: len(COLUMNS)]
    return Entry(
        id=id_,
        collection=asked.info.name,
        stage=Stage(asked.question.stage),
        version=version,
        text=text,
        author_id=author_id,
        created=created,
        changed=changed,
        published_at=published_at,
        publish_at=publish_at,
        expire_at=expire_at,
    )


def _from(asked: Asked, found: Range | None, *wanted: Any) -> tuple[Select[Any], list[Any]]:
    """Return the rows of a question, and what is wanted of the table of entries as columns of these."""
    if found is None:
        return select(literal(1)).select_from(ROW).where(*asked.where()), list(wanted)
    here, beside = _in_range(asked, found), asked.beside(found.answered)
    if asked.dialect != "postgresql":
        return select(literal(1)).select_from(_JOINED).where(*here, *beside), list(wanted)
    # PostgreSQL takes the rows of a collection for one, and would as soon read them all for each key as one by its id.
    named = [each.label(f"wanted{index}") for index, each in enumerate(wanted)]
    row = select(*(named or [literal(1).label("one")])).select_from(ROW)
    tied = (ROW.c.tenant_id == KEYS.c.tenant_id, ROW.c.id == KEYS.c.entry_id)
    row = row.where(*asked.within(ROW), *tied, *beside).correlate(KEYS).limit(1)
    each = row.lateral("each")
    # By their names alone: to ask the row for its columns makes all of them, which costs more than what is asked.
    return select(literal(1)).select_from(KEYS.join(each, true())).where(*here), [
        column(name.key, name.type) for name in named
    ]


def _in_range(asked: Asked, found: Range) -> list[Any]:
    return [*asked.within(KEYS), KEYS.c.field == found.name, *found.where(KEYS.c.key)]


def _sorting(asked: Asked, orders: Sequence[Order]) -> list[tuple[Any, bool]]:
    terms = [(asked.vocabulary.find(each.name), each.descending) for each in orders]
    return [(term.sql, down) for term, down in terms if term is not None]


def _present(expression: Any) -> Any:
    # What has no value comes first upwards and last downwards, on every database, as its key does.
    return case((expression.is_(None), 0), else_=1)


def _after(expression: Any, value: Any, then: Any, *, down: bool) -> Any:
    """Return the condition that a row comes behind a value, or has the same and comes behind by what follows."""
    if value is None:
        beyond = false() if down else expression.is_not(None)
        return or_(beyond, and_(expression.is_(None), then))
    here = bound(value)
    beyond = or_(expression < here, expression.is_(None)) if down else expression > here
    return or_(beyond, and_(expression == here, then))


def _written(value: Any) -> Any:
    if type(value) in _WRITE:
        sign, write = _WRITE[type(value)]
        return {sign: write(value)}
    return value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        sign, text = next(iter(value.items()))
        return _READ[sign](text)
    return value
