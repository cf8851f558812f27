"""A question as conditions on rows: the one place where they are made, for every way to read entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.sql.elements import False_, True_

from insula.collections.entries.search import found_by, searchable
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import Collection
from insula.collections.models import EntryRow, EntryValue
from insula.collections.queries.filters import Condition, conditions, on_document, on_key
from insula.collections.queries.grammar import UNREADABLE
from insula.collections.queries.ranges import Order
from insula.collections.queries.terms import Vocabulary
from insula.collections.schemas.rows import Known, keeps_more
from insula.kit.caches import VersionedCache
from insula.kit.errors import FieldError, Malformed

if TYPE_CHECKING:
    from insula.collections.queries.sight import Sight
    from insula.db.work import TenantSession
    from insula.security.interfaces import RowFilter

ROW: Final = EntryRow.__table__
KEYS: Final = EntryValue.__table__.alias("range")
COLUMNS: Final = tuple(
    ROW.c[name]
    for name in (
        *("id", "version", "document", "author_id", "created", "changed"),
        *("published_at", "publish_at", "expire_at"),
    )
)
_VALUE: Final = EntryValue.__table__
_KEPT: Final = "insula.collections.queries"
_MOST_KEPT: Final = 5 * 1024 * 1024
"""Bytes of the questions that are kept of one collection."""
_BYTES: Final = 24_000
"""What a question comes to in memory, as measured; its conditions and its characters come on top."""
_BYTES_OF_CONDITION: Final = 10_000
_BYTES_OF_EACH: Final = 40


class _Columns:
    """The columns of the table of entries by name; one object, by which what is compiled for it is found again."""

    def __init__(self) -> None:
        vars(self).update({column.key: column for column in ROW.c})


_NEVER: Final = literal(0) == literal(1)
"""False, bound: as a constant it would swallow the tenant, without which no statement leaves."""
_ROW_COLUMNS: Final = _Columns()


@dataclass(frozen=True)
class Asked:
    """A question that was read and found good, as somebody may ask it."""

    tenant_id: UUID
    dialect: str
    info: Collection
    question: Question
    vocabulary: Vocabulary
    conditions: Sequence[Condition]
    orders: Sequence[Order]
    allowed: RowFilter
    first: list[tuple[Any, Any]] = field(default_factory=list)
    """How its first page is read, with the statement for all sizes, from the first time."""

    @property
    def everything(self) -> bool:
        """Whether the policy hides no row of the collection."""
        return self.allowed.exact and isinstance(self.allowed.where, True_)

    @property
    def weight(self) -> int:
        """Bytes of what is kept of it."""
        weight = _BYTES + _BYTES_OF_EACH * len(repr(self.question))
        return weight + _BYTES_OF_CONDITION * len(self.conditions)

    def where(self) -> list[Any]:
        """Return the conditions on the rows."""
        return [*self.within(ROW), *self.beside(())]

    def beside(self, answered: Sequence[Condition]) -> list[Any]:
        """Return the conditions on rows that are known to be of the collection, but for those answered already."""
        left = [each for each in self.conditions if each not in answered]
        return [
            *map(self._filter, left),
            *self._searched,
            *([] if self.everything else [_never_alone(self.allowed.where)]),
        ]

    def within(self, table: Any) -> list[Any]:
        """Return the conditions that keep rows of a table to the collection and the stage asked of."""
        return [
            table.c.tenant_id == self.tenant_id,
            table.c.collection_id == self.info.id,
            table.c.stage == int(self.question.stage),
        ]

    def _filter(self, condition: Condition) -> Any:
        value = _VALUE.alias()
        # One probe by the primary key for each row. Databases misjudge how many rows a tenant has, and would join.
        tied = (
            *self.within(value),
            value.c.tenant_id == ROW.c.tenant_id,
            value.c.entry_id == ROW.c.id,
            value.c.field == condition.term.name,
        )
        if condition.op == "has" and condition.term.indexed:
            item = select(literal(1)).where(*tied, on_key(condition, value.c.key))
            return item.limit(1).correlate(ROW).scalar_subquery().is_not(None)
        key = select(value.c.key).where(*tied, value.c.position == 0).correlate(ROW).scalar_subquery()
        on = on_key(condition, key)
        return on_document(condition, self.vocabulary) if on is None else on

    @cached_property
    def _searched(self) -> list[Any]:
        if not self.question.q:
            return []
        readable = self.vocabulary.readable
        found = found_by(
            self.dialect,
            tenant_id=self.tenant_id,
            collection=self.info,
            stage=self.question.stage,
            asked=self.question.q,
            fields=[field.name for field in searchable(self.info) if field.name in readable],
        )
        return [_NEVER if found is None else ROW.c.id.in_(found)]


def _never_alone(where: Any) -> Any:
    return _NEVER if isinstance(where, False_) else where


def asked(session: TenantSession, info: Collection, question: Question, sight: Sight, known: Known) -> Asked:
    """Return a question as it may be asked; raises Malformed with a path for every name and value that is wrong.

    What was read once is kept with the collection, for whoever asks the same with the same rights.
    """
    readable, allowed = sight.fields(info), sight.rows(info, _ROW_COLUMNS)
    key = _key(question, readable, allowed)
    found = _kept(info).get(key, 0)
    if found is None:
        dialect = session.dialect.name
        found = _read(session.tenant_id, dialect, info, question, readable, allowed)
        keeps_more(session, known, _kept(info).put(key, 0, found, found.weight))
    return found


def _kept(info: Collection) -> VersionedCache[Any, Asked]:
    kept: VersionedCache[Any, Asked] = info.kept.setdefault(_KEPT, VersionedCache(_MOST_KEPT))
    return kept


def _key(question: Question, readable: frozenset[str], allowed: RowFilter) -> Any:
    # The condition stays with what is kept, so that no other one can take its place in memory.
    return question, readable, id(allowed.where), allowed.exact


def _read(
    tenant_id: UUID,
    dialect: str,
    info: Collection,
    question: Question,
    readable: frozenset[str],
    allowed: RowFilter,
) -> Asked:
    vocabulary = Vocabulary(info, _ROW_COLUMNS, dialect, readable)
    errors: list[FieldError] = []
    found = conditions(question.filters, vocabulary, errors)
    orders = _orders(question, vocabulary, errors)
    if errors:
        raise Malformed(UNREADABLE, errors=errors)
    return Asked(tenant_id, dialect, info, question, vocabulary, found, orders, allowed)


def _orders(question: Question, vocabulary: Vocabulary, errors: list[FieldError]) -> tuple[Order, ...]:
    orders = []
    for each in question.sort:
        name = each.lstrip("-")
        term = vocabulary.find(name)
        if term is None or len(each) - len(name) > 1:
            errors.append(vocabulary.unknown("sort", name))
        elif not term.system and term.field.type in {"list", "object", "rich_text"}:
            errors.append(FieldError("sort", f"A field of type {term.field.type} has no order."))
        else:
            orders.append(Order(name, each.startswith("-")))
    if orders or question.sort:
        return tuple(orders)
    usual = [each.strip() for each in vocabulary.info.document.order.split(",")]
    known = [Order(each.removeprefix("-"), each.startswith("-")) for each in usual]
    # Where the usual order is that of a hidden field, it would tell of it.
    return tuple(each for each in known if vocabulary.find(each.name) is not None) or (Order("id", True),)


def by_ids(asked: Asked, ids: Sequence[UUID]) -> Any:
    """Return the statement of some entries by their ids, as far as they may be viewed."""
    return select(*COLUMNS).where(ROW.c.id.in_(ids), *asked.where())
