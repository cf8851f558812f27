"""Documents of entries made to fit the collection in force, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as Names
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, delete, insert, select, text, update

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.schemas import Collection, Rewritten
from insula.collections.models import EntryRow, EntryValue
from insula.collections.schemas.check import Checked, Checker, Key, checker_of
from insula.db.work import TenantSession, insert_into, raw

Listener = Callable[[TenantSession, Collection, Sequence[Rewritten]], None]
"""Hears of documents that were rewritten, in the same transaction; see `add_rewrite_listener`."""

LISTENERS: Final = "insula.collections.rewrite_listeners"
_ROWS: Final = 1_000
_UPDATE: Final = text(
    "UPDATE entry SET document = CAST(r.document AS jsonb), schema_version = :version "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:documents AS text[])) AS r (id, document) "
    "WHERE tenant_id = :tenant_id AND collection_id = :collection_id AND stage = :stage AND entry.id = r.id"
)


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
        self._update(stage, {entry_id: one.text for entry_id, one in written.items()})
        misfits |= self._rekey(stage, {entry_id: one.keys for entry_id, one in written.items()})
        told = [Rewritten(entry_id, stage, one.values) for entry_id, one in written.items()]
        for listener in self._listeners:
            listener(self._session, self._collection, told)
        return frozenset(misfits) if stage != Stage.TRASH else frozenset()

    def _update(self, stage: int, documents: Mapping[UUID, str]) -> None:
        place = {
            "tenant_id": self._session.tenant_id,
            "collection_id": self._collection.id,
            "stage": stage,
        }
        version = self._collection.version
        if self._session.get_bind().dialect.name == "postgresql":
            given = place | {
                "version": version,
                "ids": list(documents),
                "documents": list(documents.values()),
            }
            raw(self._session, _UPDATE, given, reason="arrays of rows of the tenant of this session")
            return
        self._session.execute(
            update(EntryRow),
            [
                place | {"id": entry_id, "document": document, "schema_version": version}
                for entry_id, document in documents.items()
            ],
        )

    def _rekey(self, stage: int, keys: Mapping[UUID, Sequence[Key]]) -> set[UUID]:
        """Write the keys of documents anew, and return the entries of which another one has a unique value."""
        if self._indexes is not None and not self._indexes:
            return set()
        gone = delete(EntryValue).where(
            EntryValue.collection_id == self._collection.id,
            EntryValue.stage == stage,
            EntryValue.entry_id.in_(list(keys)),
        )
        if self._indexes is not None:
            gone = gone.where(EntryValue.field.in_(self._indexes))
        self._session.execute(gone, execution_options={"synchronize_session": False})
        rows = [
            self._row(stage, entry_id, key)
            for entry_id, own in keys.items()
            for key in own
            if self._indexes is None or key.field in self._indexes
        ]
        unique = [row for row in rows if row["taken"]]
        self._insert([row for row in rows if not row["taken"]])
        clashes = self._claim(unique) if unique else []
        self._insert(clashes)
        return {row["entry_id"] for row in clashes}

    def _row(self, stage: int, entry_id: UUID, key: Key) -> dict[str, Any]:
        return {
            "tenant_id": self._session.tenant_id,
            "collection_id": self._collection.id,
            "stage": stage,
            "entry_id": entry_id,
            "field": key.field,
            "position": key.position,
            "key": key.key,
            "taken": key.taken and stage != Stage.TRASH,
        }

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(insert(EntryValue), rows)

    def _claim(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Write keys of unique values where nobody has them, and return the others as keys that claim nothing."""
        free: set[tuple[UUID, str]] = set()
        for first in range(0, len(rows), _ROWS):
            claimed = (
                insert_into(self._session, EntryValue)
                .values(rows[first : first + _ROWS])
                .on_conflict_do_nothing()
                .returning(EntryValue.entry_id, EntryValue.field)
            )
            result: CursorResult[Any] = self._session.execute(claimed)
            free.update((row.entry_id, row.field) for row in result)
        return [row | {"taken": False} for row in rows if (row["entry_id"], row["field"]) not in free]
