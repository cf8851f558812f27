"""The collections of a tenant as rows, read once for each version and kept compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from insula.collections.interfaces.schemas import Collection, CollectionDocument
from insula.collections.models import CollectionChange, CollectionRow
from insula.collections.settings import CollectionsSettings
from insula.db.work import TenantSession, bump
from insula.kit.caches import VersionedCache
from insula.kit.settings import settings_of

COUNTER = "collections"
_CHANGED = "insula.collections.changed"
_KNOWN = "insula.collections.known"
_BYTES_OF_EACH = 8
"""What a character of a document comes to in memory, with all that is compiled of it."""

Known = VersionedCache[UUID, Mapping[str, Collection]]
"""The collections of tenants by their ids, weighed in bytes with what `kept` holds of each."""


class CollectionRows:
    """The rows of one tenant's collections."""

    def __init__(self, session: TenantSession, known: Known) -> None:
        self.session = session
        self._known = known

    def all(self) -> Mapping[str, Collection]:
        """Return every collection by name, in the order of names."""
        session = self.session
        if _CHANGED not in session.info:
            version = session.versions.get(COUNTER, 0)
            return self._known.find(session.tenant_id, version, self._read, _weight)
        # What an open transaction has changed may yet be rolled back and is nobody else's business.
        if session.info[_CHANGED] is None:
            session.info[_CHANGED] = self._read()
        found: Mapping[str, Collection] = session.info[_CHANGED]
        return found

    def changed(self) -> None:
        """Have this session read anew, and every process from its next request on."""
        self.session.flush()
        self.session.info[_CHANGED] = None
        bump(self.session, COUNTER)

    def locked(self, *, going: bool = False, **which: Any) -> CollectionRow | None:
        """Return the row of a collection, which nobody else changes meanwhile.

        Entries may still be made; of one that is `going` none, and those that are being made are waited for.
        """
        return self.session.scalar(
            select(CollectionRow)
            .filter_by(**which)
            .with_for_update(key_share=not going)
            .execution_options(populate_existing=True)
        )

    def _read(self) -> Mapping[str, Collection]:
        query = select(CollectionRow).order_by(CollectionRow.name)
        rows = self.session.scalars(query.execution_options(populate_existing=True)).all()
        changes = [row.change_id for row in rows if row.change_id is not None]
        cursors = self._cursors(changes) if changes else {}
        return {row.name: _collection(row, cursors.get(row.change_id, {})) for row in rows}

    def _cursors(self, changes: list[UUID]) -> dict[UUID | None, dict[str, Any]]:
        rows = self.session.execute(
            select(CollectionChange.id, CollectionChange.cursor).where(CollectionChange.id.in_(changes))
        )
        return {row.id: row.cursor or {} for row in rows}


def rows_of(request: Any) -> CollectionRows:
    """Return the rows of the tenant of this request or piece of work."""
    return CollectionRows(request.db, known_of(request.registry))


def known_of(registry: Any) -> Known:
    """Return the collections that this process knows, those of the tenants that asked last."""
    known: Known | None = registry.get(_KNOWN)
    if known is None:
        limit = settings_of(registry, CollectionsSettings).known_bytes
        known = registry.setdefault(_KNOWN, VersionedCache(limit))
    return known


def keeps_more(session: TenantSession, known: Known, weight: int) -> None:
    """Say by how many bytes more is kept of a collection of the session's tenant."""
    known.grow(session.tenant_id, session.versions.get(COUNTER, 0), weight)


def _weight(found: Mapping[str, Collection]) -> int:
    return sum(_BYTES_OF_EACH * len(info.document.model_dump_json()) for info in found.values())


def _collection(row: CollectionRow, cursor: Mapping[str, Any]) -> Collection:
    document = CollectionDocument.model_validate(row.document)
    renames = row.renames
    if renames is None:
        renames = [[field.was, field.name] for field in document.fields if field.was is not None]
    return Collection(
        id=row.id,
        name=row.name,
        document=document,
        version=row.version,
        created=row.created,
        changed=row.changed,
        changed_by=row.changed_by,
        entries_version=row.entries_version,
        change_id=row.change_id,
        building=frozenset(cursor.get("building", ())),
        renames=tuple((was, name) for was, name in renames),
        moving=cursor.get("renamed", {}),
    )
