"""Documents of entries made to fit the collection in force, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as Names
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.schemas import Collection, Rewritten
from insula.collections.models import EntryRow
from insula.collections.schemas import bulk
from insula.collections.schemas.check import Checked, Checker, Key, checker_of
from insula.db.work import TenantSession

Listener = Callable[[TenantSession, Collection, Sequence[Rewritten]], None]
"""Hears of documents that were rewritten, in the same transaction; see `add_rewrite_listener`."""

LISTENERS: Final = "insula.collections.rewrite_listeners"


class Place(NamedTuple):
    """How far the batches have come."""

    stage: int
    after: UUID | None


class Batch(NamedTuple):
    """What one batch did; `place` is None where there was nothing left from the place on."""

    place: Place | None
    documents: int
    misfits: frozenset[UUID]


class Rewriter:
    """Rewrites the documents of one collection; only keys of the indexes named are made anew, or all of them."""

    def __init__(
        self,
        session: TenantSession,
        collection: Collection,
        *,
        indexes: Names[str] | None,
        listeners: Iterable[Listener] = (),
    ) -> None:
        self._session = session
        self._collection = collection
        self._checker: Checker = checker_of(collection)
        self._indexes = indexes
        self._listeners = tuple(listeners)

    def rewrite(self, place: Place, batch: int) -> Batch:
        """Rewrite the next documents from a place on that are older than the collection asks for."""
        for stage in range(place.stage, len(Stage)):
            after = place.after if stage == place.stage else None
            rows = self._rows(stage, after, batch)
            if rows:
                misfits = self._write(stage, rows)
                return Batch(Place(stage, rows[-1].id), len(rows), misfits)
        return Batch(None, 0, frozenset())

    def _rows(self, stage: int, after: UUID | None, batch: int) -> Sequence[Any]:
        query = (
            select(EntryRow.id, EntryRow.document)
            .where(
                EntryRow.collection_id == self._collection.id,
                EntryRow.stage == stage,
                EntryRow.schema_version < self._collection.entries_version,
            )
            .order_by(EntryRow.id)
            .limit(batch)
            .with_for_update()
        )
        return self._session.execute(query if after is None else query.where(EntryRow.id > after)).all()

    def _write(self, stage: int, rows: Sequence[Any]) -> frozenset[UUID]:
        misfits: set[UUID] = set()
        written: dict[UUID, Checked] = {}
        for row in rows:
            written[row.id], wrong = self._checker.rewrite(orjson.loads(row.document))
            if wrong:
                misfits.add(row.id)
        place = bulk.Stage(self._session, self._collection.id, stage)
        place.update({entry_id: one.text for entry_id, one in written.items()}, self._collection.version)
        misfits |= self._rekey(place, {entry_id: one.keys for entry_id, one in written.items()})
        told = [Rewritten(entry_id, stage, one.values) for entry_id, one in written.items()]
        for listener in self._listeners:
            listener(self._session, self._collection, told)
        return frozenset(misfits) if stage != Stage.TRASH else frozenset()

    def _rekey(self, place: bulk.Stage, keys: Mapping[UUID, Sequence[Key]]) -> set[UUID]:
        """Write the keys of documents anew, and return the entries of which another one has a unique value."""
        indexes = self._indexes
        if indexes is not None and not indexes:
            return set()
        place.drop(list(keys), None if indexes is None else list(indexes))
        clashes = place.claim(
            [
                (entry_id, key if place.stage != Stage.TRASH else key._replace(taken=False))
                for entry_id, own in keys.items()
                for key in own
                if indexes is None or key.field in indexes
            ]
        )
        place.claim([(entry_id, key._replace(taken=False)) for entry_id, key in clashes])
        return {entry_id for entry_id, _ in clashes}
