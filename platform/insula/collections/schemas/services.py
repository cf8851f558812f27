"""The verbs of collections, on the relational store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from insula.collections.access.uses import rules_broken
from insula.collections.events import CollectionCreated, CollectionDeleted
from insula.collections.interfaces.schemas import Change, Collection, CollectionDocument
from insula.collections.models import CollectionRow, EntryRow, EntryValue, EntryVersion
from insula.collections.schemas.changes import SchemaChanges
from insula.collections.schemas.documents import check_document, check_name
from insula.collections.schemas.rewriting import LISTENERS
from insula.collections.schemas.rows import CollectionRows, rows_of
from insula.collections.settings import CollectionsSettings
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, NotFound, Stale
from insula.kit.ids import uuid7
from insula.kit.settings import settings_of


class SQLCollections:
    """Collections as rows of the session's tenant."""

    def __init__(
        self, rows: CollectionRows, events: Events, settings: CollectionsSettings, changes: SchemaChanges
    ) -> None:
        self._rows = rows
        self._changes = changes
        self._session = rows.session
        self._events = events
        self._settings = settings

    def all(self) -> Sequence[Collection]:
        """Return all collections by name."""
        return tuple(self._rows.all().values())

    def find(self, name: str) -> Collection:
        """Return one collection."""
        found = self._rows.all().get(name)
        if found is None:
            raise NotFound(f"There is no collection {name!r}.")
        return found

    def create(self, name: str, document: CollectionDocument, *, by: str) -> Collection:
        """Declare a collection."""
        check_name(name)
        # Whoever declares another one at this moment waits here, and then finds this one.
        self._rows.changed()
        known = self._rows.all()
        check_document(name, document, known)
        if name in known:
            raise Conflict(f"There is a collection {name} already. Choose another name.")
        if len(known) >= self._settings.most:
            raise Conflict(f"There are {len(known)} collections, and no more are allowed.")
        moment = now()
        row = CollectionRow(
            id=uuid7(),
            name=name,
            document=document.model_dump(mode="json"),
            version=1,
            entries_version=1,
            created=moment,
            changed=moment,
            changed_by=by,
        )
        self._session.add(row)
        self._rows.changed()
        self._events.emit(CollectionCreated(str(row.id), name, document.title), actor=by)
        return self.find(name)

    def plan(self, name: str, document: CollectionDocument, *, by: str) -> Change:
        """Keep a planned change, with what it adds and loses and how many entries would not fit."""
        return self._changes.plan(self.find(name), document, by=by)

    def apply(self, change_id: UUID, *, expected: int, confirmed: Sequence[str] = (), by: str) -> Change:
        """Put the document of a plan in force, and begin to carry it through the entries."""
        return self._changes.apply(change_id, expected=expected, confirmed=confirmed, by=by)

    def work(self, change_id: UUID, *, batch: int | None = None) -> Change:
        """Do one batch of a change."""
        return self._changes.work(change_id, batch=batch)

    def change(self, change_id: UUID) -> Change:
        """Return a change."""
        return self._changes.change(change_id)

    def changes(self, name: str) -> Sequence[Change]:
        """Return the changes of a collection, newest first."""
        return self._changes.changes(self.find(name))

    def cancel(self, change_id: UUID, *, by: str) -> Change:
        """Give up a plan."""
        return self._changes.cancel(change_id, by=by)

    def delete(self, name: str, *, expected: int, by: str) -> int:
        """Delete a collection with its entries."""
        row = self._rows.locked(name=name, going=True)
        if row is None:
            raise NotFound(f"There is no collection {name!r}.")
        if row.version != expected:
            raise Stale(f"You saw version {expected}; the collection has version {row.version} by now.")
        linking = [
            f"{one.name}.{field.name}"
            for one in self.all()
            if one.name != name
            for field in one.document.fields
            if field.collection == name
        ]
        if linking:
            raise Conflict(f"{', '.join(linking)} lead here. Remove these links first.")
        entries = self._session.scalar(
            select(func.count(EntryRow.id.distinct())).where(EntryRow.collection_id == row.id)
        )
        # Entries first: whoever changes one is waited for, and what they wrote beside it is there to be deleted then.
        for model in (EntryRow, EntryValue, EntryVersion):
            self._session.execute(
                delete(model).where(model.collection_id == row.id),
                execution_options={"synchronize_session": False},
            )
        self._session.delete(row)
        self._rows.changed()
        self._events.emit(CollectionDeleted(str(row.id), name, entries or 0), actor=by)
        return entries or 0


def collections_factory(context: object, request: Any) -> SQLCollections:  # the shape of a service factory
    """Return the collections of the request's tenant."""
    changes = changes_of(request)
    return SQLCollections(changes.rows, changes.events, changes.settings, changes)


def changes_of(work: Any) -> SchemaChanges:
    """Return the changes of the tenant of a request or piece of work."""
    registry = work.registry
    return SchemaChanges(
        rows_of(work),
        work.find_service(Events),
        settings_of(registry, CollectionsSettings),
        tuple(registry.get(LISTENERS, ())),
        partial(rules_broken, work),
    )
