"""Entries read from SQL as whoever asks may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Integer, bindparam

from insula.collections.entries.shapes import entry_values
from insula.collections.interfaces.entries import Stage, working_stage
from insula.collections.interfaces.queries import EntryPage, Group, Question
from insula.collections.interfaces.schemas import Collections
from insula.collections.queries import statements
from insula.collections.queries.asking import Asked, asked, by_ids
from insula.collections.queries.expansion import Expansion
from insula.collections.queries.grammar import UNREADABLE
from insula.collections.queries.sight import CallerSight, EverySight
from insula.collections.schemas.rows import known_of
from insula.collections.settings import CollectionsSettings
from insula.db.prepared import Prepared, Shared, has_one_shape
from insula.kit.errors import FieldError, Invalid, Malformed
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from insula.collections.interfaces.entries import Entry
    from insula.collections.interfaces.schemas import Collection
    from insula.collections.queries.ranges import Range
    from insula.collections.queries.sight import Sight
    from insula.collections.queries.terms import Term
    from insula.collections.schemas.rows import Known
    from insula.db.work import TenantSession

_BATCH: Final = 500
_ROWS: Final = bindparam("rows_asked", type_=Integer)
"""How many rows a page reads, bound, so that one statement is kept for all sizes."""
_SHORT: Final = 1_000
"""Keys that are fetched and sorted sooner than every row is looked at."""
_UNGROUPED: Final = frozenset({"list", "object", "rich_text"})
_GROUPED: Final = frozenset({"author", "status"})
"""Members of every entry that it makes sense to group by."""
_MOST_GROUPED: Final = 3


class SQLQueries:
    """Answers questions from the tables of entries."""

    def __init__(
        self,
        session: TenantSession,
        collections: Collections,
        sight: Sight,
        limits: CollectionsSettings,
        known: Known,
    ) -> None:
        self._session = session
        self._known = known
        self._collections = collections
        self._sight = sight
        self._limits = limits

    def page(self, question: Question, *, limit: int, after: Mapping[str, Any] | None = None) -> EntryPage:
        """Return the entries behind a place; where the policy decides each row, the page is filled all the same.

        It is not where so many rows were decided for it that the next request had better go on.
        """
        one = self._asked(question)
        # One more than asked tells whether there is another page.
        batch = limit + 1 if one.allowed.exact else max(limit + 1, _BATCH)
        plan, first = self._first(one)
        found: list[Entry] = []
        place, read = after, 0
        last: Any = None
        while True:
            rows = self._rows(first if place is None else plan.statement(_ROWS, place), batch)
            for row in rows:
                entry = statements.entry_of(row, one)
                if one.allowed.exact or self._sight.shown(one.info, [entry]):
                    if len(found) == limit:
                        return EntryPage(found, after if last is None else plan.place(last))
                    found.append(entry)
                    last = row
            if len(rows) < batch:
                return EntryPage(found)
            place = plan.place(rows[-1])
            read += len(rows)
            if not one.allowed.exact and read >= self._limits.decided_rows:
                return EntryPage(found, place)

    def count(self, question: Question, *, most: int | None = None) -> int:
        """Return how many entries there are, counted one by one where the policy decides each row."""
        one = self._asked(question)
        if not one.allowed.exact:
            return sum(1 for _ in islice(self._each(one, bounded=True), most))
        number: int = self._session.execute(statements.count(one, most)).scalar_one()
        return number

    def groups(self, question: Question, by: Sequence[str], *, limit: int) -> Sequence[Group]:
        """Return how many entries there are of each, the largest groups first."""
        one = self._asked(question)
        terms = self._grouped(one, by)
        if not one.allowed.exact:
            return self._tallied(one, terms, limit)
        rows = self._session.execute(statements.groups(one, [term.sql for term in terms], limit)).all()
        return [
            Group({term.name: term.shown(value) for term, value in zip(terms, row, strict=False)}, row.number)
            for row in rows
        ]

    def each(self, question: Question) -> Iterator[Entry]:
        """Yield all entries, in batches, each behind the last; what is wrong with the question is said at once."""
        return self._each(self._asked(question))

    def texts(self, question: Question, entries: Sequence[Entry]) -> Sequence[bytes]:
        """Return each entry as JSON text, as whoever asks may see it."""
        info = self._collections.find(question.collection)
        return Expansion(self._collections, self._sight, self._fetch, self._limits).texts(
            info, question, entries
        )

    def seen(self, collection: str, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Return those that may be viewed at each of the stages that they have."""
        info = self._collections.find(collection)
        if not self._sight.sees(info):
            return frozenset()
        seen: set[UUID] = set()
        hidden: set[UUID] = set()
        for stage in {working_stage(info), Stage.LIVE}:
            shown = {each.id for each in self._fetch(info, stage, ids)}
            seen |= shown
            hidden |= {each.id for each in self._fetch(info, stage, ids, EverySight())} - shown
        return frozenset(seen - hidden)

    def readable(self, collection: str) -> frozenset[str]:
        """Return the names of the fields that may be viewed."""
        return self._sight.fields(self._collections.find(collection))

    def _asked(self, question: Question) -> Asked:
        info = self._collections.find(question.collection)
        return asked(self._session, info, question, self._sight, self._known)

    def _plan(self, one: Asked) -> statements.Plan:
        def is_short(keys: Range) -> bool:
            number = self._session.execute(statements.keys_of(one, keys, _SHORT + 1)).scalar_one()
            return bool(number <= _SHORT)

        plan = statements.plan(one, is_short)
        if plan.sorted:
            most = self._limits.unindexed_rows
            if self._session.execute(statements.count(one, most + 1)).scalar_one() > most:
                raise statements.refuse_unsorted(one, most)
        return plan

    def _first(self, one: Asked) -> tuple[statements.Plan, Any]:
        if one.first:
            return one.first[0]
        plan = self._plan(one)
        statement: Any = plan.statement(_ROWS, None)
        if not plan.short and not plan.sorted:
            # What depends on how many rows there are is found out each time.
            statement = Shared(statement) if has_one_shape(statement) else statement
            one.first.append((plan, statement))
        return plan, statement

    def _rows(self, statement: Any, limit: int) -> Sequence[Any]:
        given = {_ROWS.key: limit}
        if isinstance(statement, Prepared):
            return statement.rows(self._session, given)
        return self._session.execute(statement, given).all()

    def _each(self, one: Asked, *, bounded: bool = False) -> Iterator[Entry]:
        plan, most = self._plan(one), self._limits.decided_rows

        def batches() -> Iterator[Entry]:
            place: Mapping[str, Any] | None = None
            read = 0
            while True:
                rows = self._session.execute(plan.statement(_BATCH, place)).all()
                found = [statements.entry_of(row, one) for row in rows]
                yield from found if one.allowed.exact else self._sight.shown(one.info, found)
                if len(rows) < _BATCH:
                    return
                place = plan.place(rows[-1])
                read += len(rows)
                if bounded and read >= most:
                    raise Invalid(
                        f"More than {most:,} entries would have to be decided one by one. Ask for less with a filter."
                    )

        return batches()

    def _fetch(
        self, info: Collection, stage: Stage, ids: Sequence[UUID], sight: Sight | None = None
    ) -> Iterator[Entry]:
        one = asked(self._session, info, Question(info.name, stage), sight or self._sight, self._known)
        for first in range(0, len(ids), _BATCH):
            rows = self._session.execute(by_ids(one, ids[first : first + _BATCH])).all()
            found = [statements.entry_of(row, one) for row in rows]
            yield from found if one.allowed.exact else self._sight.shown(info, found)

    def _grouped(self, one: Asked, by: Sequence[str]) -> list[Term]:
        terms, errors = [], []
        for name in by[: _MOST_GROUPED + 1]:
            term = one.vocabulary.find(name)
            if term is None:
                errors.append(one.vocabulary.unknown("by", name))
            elif name not in _GROUPED if term.system else term.field.type in _UNGROUPED:
                errors.append(FieldError("by", f"Entries are not grouped by {name}."))
            else:
                terms.append(term)
        if not 1 <= len(by) <= _MOST_GROUPED:
            errors.append(FieldError("by", f"Name one to {_MOST_GROUPED} fields, such as by=state,city."))
        if errors:
            raise Malformed(UNREADABLE, errors=errors)
        return terms

    def _tallied(self, one: Asked, terms: Sequence[Term], limit: int) -> list[Group]:
        names = [term.name for term in terms]
        tally: Counter[tuple[Any, ...]] = Counter()
        for entry in self._each(one, bounded=True):
            values = entry_values(entry, one.info, names)
            tally[tuple(values.get(name) for name in names)] += 1
        largest = sorted(tally.items(), key=lambda each: (-each[1], str(each[0])))
        return [Group(dict(zip(names, values, strict=True)), count) for values, count in largest[:limit]]


def queries_of(request: Any, sight: Sight) -> SQLQueries:
    """Return the queries of a tenant, as somebody sees its entries."""
    limits = settings_of(request.registry, CollectionsSettings)
    known = known_of(request.registry)
    return SQLQueries(request.db, request.find_service(Collections), sight, limits, known)


def queries_factory(context: object, request: Any) -> SQLQueries:  # the shape of a service factory
    """Return the queries of the request's tenant, as whoever asks sees its entries."""
    return queries_of(request, CallerSight(request))
