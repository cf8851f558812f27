"""Documents and keys of many entries written at once, by the statements of each database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.dialects import sqlite

from insula.collections.models import EntryRow, EntryValue
from insula.collections.schemas.check import Key
from insula.db.work import TenantSession, raw

_REASON: Final = "arrays of rows, each with the tenant of this session"
_UPDATE: Final = text(
    """
UPDATE entry SET document = CAST(r.document AS jsonb), schema_version = :version
FROM unnest(CAST(:ids AS uuid[]), CAST(:documents AS text[])) AS r (id, document)
WHERE tenant_id = :tenant_id AND collection_id = :collection_id AND stage = :stage AND entry.id = r.id
"""
)
# Joined by the primary key: asked for a list of entries and one of fields, the planner may read a field's whole index.
_DELETE: Final = text(
    """
DELETE FROM entry_value USING unnest(CAST(:ids AS uuid[])) AS r (id)
WHERE tenant_id = :tenant_id AND collection_id = :collection_id AND stage = :stage AND entry_id = r.id
AND (CAST(:fields AS text[]) IS NULL OR field = ANY(CAST(:fields AS text[])))
"""
)
_INSERT: Final = text(
    """
INSERT INTO entry_value (tenant_id, collection_id, stage, entry_id, field, position, key, taken)
SELECT CAST(:tenant_id AS uuid), CAST(:collection_id AS uuid), CAST(:stage AS smallint), r.*
FROM unnest(CAST(:ids AS uuid[]), CAST(:fields AS text[]), CAST(:positions AS smallint[]), CAST(:keys AS text[]),
            CAST(:taken AS boolean[])) AS r (entry_id, field, position, key, taken)
ON CONFLICT (tenant_id, collection_id, stage, field, key) WHERE taken DO NOTHING
RETURNING entry_id, field, taken
"""
)
_VALUES: Final[Table] = EntryValue.__table__  # type: ignore[assignment]  # a mapped class has a Table
_UNCLAIMED: Final = sqlite.insert(_VALUES).on_conflict_do_nothing()

Row = tuple[UUID, Key]


class Stage(NamedTuple):
    """Where documents lie: the tenant's session, the collection, and the stage."""

    session: TenantSession
    collection_id: UUID
    stage: int

    def update(self, documents: Mapping[UUID, str], version: int) -> None:
        """Write documents over those there are."""
        if self._postgresql:
            given = {"version": version, "ids": list(documents), "documents": list(documents.values())}
            raw(self.session, _UPDATE, self._place | given, reason=_REASON)
            return
        rows = [
            self._place | {"id": entry_id, "document": document, "schema_version": version}
            for entry_id, document in documents.items()
        ]
        self.session.execute(update(EntryRow), rows)

    def drop(self, entries: Sequence[UUID], indexes: Sequence[str] | None) -> None:
        """Delete the keys of entries, in some indexes or in all."""
        if self._postgresql:
            given = {"ids": list(entries), "fields": None if indexes is None else list(indexes)}
            raw(self.session, _DELETE, self._place | given, reason=_REASON)
            return
        gone = delete(EntryValue).where(*self._those(entries))
        if indexes is not None:
            gone = gone.where(EntryValue.field.in_(indexes))
        self.session.execute(gone, execution_options={"synchronize_session": False})

    def claim(self, rows: Sequence[Row]) -> list[Row]:
        """Write keys, and return those of unique values that another entry has; these are not written."""
        if not rows:
            return []
        wanted = {(entry_id, key.field) for entry_id, key in rows if key.taken}
        free = self._claim_all(rows) if self._postgresql else self._claim_each(rows, bool(wanted))
        return [(entry_id, key) for entry_id, key in rows if key.taken and (entry_id, key.field) not in free]

    @property
    def _postgresql(self) -> bool:
        return bool(self.session.dialect.name == "postgresql")

    @property
    def _place(self) -> dict[str, Any]:
        return {
            "tenant_id": self.session.tenant_id,
            "collection_id": self.collection_id,
            "stage": self.stage,
        }

    def _those(self, entries: Sequence[UUID]) -> tuple[Any, ...]:
        return (
            EntryValue.collection_id == self.collection_id,
            EntryValue.stage == self.stage,
            EntryValue.entry_id.in_(entries),
        )

    def _claim_all(self, rows: Sequence[Row]) -> set[tuple[UUID, str]]:
        given = self._place | {
            "ids": [entry_id for entry_id, _ in rows],
            "fields": [key.field for _, key in rows],
            "positions": [key.position for _, key in rows],
            "keys": [key.key for _, key in rows],
            "taken": [key.taken for _, key in rows],
        }
        found = raw(self.session, _INSERT, given, reason=_REASON)
        return {(row.entry_id, row.field) for row in found if row.taken}

    def _claim_each(self, rows: Sequence[Row], unique: bool) -> set[tuple[UUID, str]]:  # noqa: FBT001  # of this class
        place = self._place
        given = [place | {"entry_id": entry_id} | key._asdict() for entry_id, key in rows]
        self.session.connection().execute(_UNCLAIMED, given)
        if not unique:
            return set()
        entries = list(dict.fromkeys(entry_id for entry_id, _ in rows))
        taken = select(EntryValue.entry_id, EntryValue.field).where(
            *self._those(entries), EntryValue.taken.is_(True)
        )
        return {(row.entry_id, row.field) for row in self.session.execute(taken)}
