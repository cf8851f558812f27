"""Changes of a collection's document: planned, put in force, and carried through its entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from insula.collections.events import CollectionChanged
from insula.collections.interfaces.schemas import (
    Change,
    ChangeState,
    Collection,
    CollectionDocument,
    Effect,
)
from insula.collections.models import CollectionChange, CollectionRow, EntryRow
from insula.collections.schemas.diff import Difference, renames_after
from insula.collections.schemas.documents import check_document
from insula.collections.schemas.rewriting import Listener, Place, Rewriter
from insula.collections.schemas.rows import CollectionRows
from insula.collections.schemas.survey import Surveyor
from insula.collections.settings import CollectionsSettings
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Refused, Stale
from insula.kit.ids import uuid7

_LISTED = 100


@dataclass(frozen=True)
class SchemaChanges:
    """The changes of the collections of the session's tenant."""

    rows: CollectionRows
    events: Events
    settings: CollectionsSettings
    listeners: Sequence[Listener]
    rules: Callable[[Collection, CollectionDocument], Sequence[Effect]]
    """Says what a change does to the access policy."""

    def plan(self, collection: Collection, document: CollectionDocument, *, by: str) -> Change:
        """Keep a planned change."""
        session = self.rows.session
        check_document(collection.name, document, self.rows.all())
        difference = Difference(collection.document, document)
        if not difference.anything:
            raise Invalid(errors=[FieldError("", "Nothing would be otherwise. Change something first.")])
        surveyor = Surveyor(session, collection, difference, examples=self.settings.examples)
        if flaws := list(difference.flaws(surveyor.entries())):
            raise Invalid("No plan can bring this about.", errors=flaws)
        survey = surveyor.survey()
        row = CollectionChange(
            id=uuid7(),
            collection_id=collection.id,
            state=ChangeState.PLANNED.value,
            document=document.model_dump(mode="json"),
            from_version=collection.version,
            effects=[_stored(effect) for effect in (*survey.effects, *self.rules(collection, document))],
            total=surveyor.documents() if difference.rewrites else 0,
            done=0,
            failing=survey.failing,
            by=by,
            at=now(),
            detail="",
        )
        session.add(row)
        session.flush()
        return _change(row, collection.name)

    def apply(self, change_id: UUID, *, expected: int, confirmed: Sequence[str], by: str) -> Change:
        """Put the document of a plan in force, and begin to carry it through the entries."""
        row = self._row(change_id)
        owner = self.rows.locked(id=row.collection_id)
        if owner is None:
            raise NotFound
        self._refuse(row, owner, expected, confirmed)
        collection = self.rows.all()[owner.name]
        document = CollectionDocument.model_validate(row.document)
        # Collections that it links to may have gone since.
        check_document(owner.name, document, self.rows.all())
        difference = Difference(collection.document, document)
        surveyor = Surveyor(self.rows.session, collection, difference, examples=self.settings.examples)
        if flaws := list(difference.flaws(surveyor.entries())):
            raise Conflict("There are entries by now that this cannot be brought about with.", errors=flaws)
        owner.document = row.document
        owner.renames = renames_after(collection, difference)
        owner.version += 1
        owner.changed, owner.changed_by = now(), by
        row.by = by
        if difference.rewrites:
            owner.entries_version, owner.change_id = owner.version, row.id
            row.state = ChangeState.APPLYING.value
            row.total = self._documents(owner.id)
            row.cursor = {
                "building": list(difference.building),
                "dropped": list(difference.dropped),
                "renamed": dict(difference.renamed),
                "stage": 0,
                "after": None,
            }
        else:
            row.state, row.finished = ChangeState.APPLIED.value, owner.changed
        self.rows.changed()
        event = CollectionChanged(str(owner.id), owner.name, owner.version, difference.fields, str(row.id))
        self.events.emit(event, actor=by)
        if row.total <= self.settings.at_once:
            while row.state == ChangeState.APPLYING:
                self._work(row, owner, self.settings.batch)
        return _change(row, owner.name)

    def work(self, change_id: UUID, *, batch: int | None) -> Change:
        """Do one batch."""
        row = self._row(change_id)
        owner = self.rows.locked(id=row.collection_id)
        if owner is None:
            raise NotFound
        if row.state == ChangeState.APPLYING:
            self._work(row, owner, batch or self.settings.batch)
        return _change(row, owner.name)

    def late(self, change_id: UUID) -> int:
        """Rewrite what requests under way wrote at the old version, and return how many documents that were."""
        row = self._row(change_id)
        owner = self.rows.locked(id=row.collection_id)
        row.cursor = None
        if owner is None or owner.change_id is not None:
            return 0
        batch = self._rewriter(owner, None).rewrite(Place(0, None), self.settings.batch)
        if batch.documents:
            row.cursor = {"late": True}
        return batch.documents

    def change(self, change_id: UUID) -> Change:
        """Return a change."""
        row = self._row(change_id, lock=False)
        return _change(row, self._name(row.collection_id))

    def changes(self, collection: Collection) -> Sequence[Change]:
        """Return the changes of a collection, newest first."""
        rows = self.rows.session.scalars(
            select(CollectionChange)
            .where(CollectionChange.collection_id == collection.id)
            .order_by(CollectionChange.id.desc())
            .limit(_LISTED)
        )
        return [_change(row, collection.name) for row in rows]

    def cancel(self, change_id: UUID, *, by: str) -> Change:
        """Give up a plan."""
        row = self._row(change_id)
        if row.state not in (ChangeState.PLANNED, ChangeState.CANCELLED):
            raise Conflict("It is in force already. Let it finish, then plan the way back.")
        if row.state == ChangeState.PLANNED:
            row.state, row.finished, row.by = ChangeState.CANCELLED.value, now(), by
            self.rows.session.flush()
        return _change(row, self._name(row.collection_id))

    def _refuse(
        self, row: CollectionChange, owner: CollectionRow, expected: int, confirmed: Sequence[str]
    ) -> None:
        if row.state != ChangeState.PLANNED:
            raise Conflict(f"This change is {row.state} already.")
        if not owner.version == expected == row.from_version:
            moved = f"The collection has version {owner.version} by now; the plan is of {row.from_version}."
            raise Stale(f"{moved} Plan the change again.")
        if owner.change_id is not None:
            raise Conflict("Another change of this collection is being applied. Wait for its end.")
        if row.failing:
            raise Conflict(
                f"{row.failing:,} entries would not fit. Mend them, or ask for less, and plan again."
            )
        losses = [effect["field"] for effect in row.effects if effect["act"] == "lose"]
        if missing := sorted(set(losses) - set(confirmed)):
            raise Refused(f"Values would be lost. Confirm it for: {', '.join(missing)}.")

    def _work(self, row: CollectionChange, owner: CollectionRow, batch: int) -> None:
        cursor = dict(row.cursor or {})
        after = UUID(cursor["after"]) if cursor["after"] else None
        rewriter = self._rewriter(owner, {*cursor["building"], *cursor["dropped"]})
        did = rewriter.rewrite(Place(cursor["stage"], after), batch)
        row.done += did.documents
        row.failing += len(did.misfits)
        if did.place is not None:
            last = did.place.after
            row.cursor = cursor | {"stage": did.place.stage, "after": None if last is None else str(last)}
            self.rows.session.flush()
            return
        if rewriter.rewrite(Place(0, None), 1).documents:
            # An entry was taken out of the trash, or published, behind our back: once more from the beginning.
            row.done += 1
            row.cursor = cursor | {"stage": 0, "after": None}
            self.rows.session.flush()
            return
        row.state, row.finished, row.cursor = ChangeState.APPLIED.value, now(), {"late": True}
        if row.failing:
            row.detail = f"{row.failing:,} entries did not fit, and were left as they were."
        owner.change_id = None
        self.rows.changed()

    def _rewriter(self, owner: CollectionRow, indexes: set[str] | None) -> Rewriter:
        return Rewriter(
            self.rows.session, self.rows.all()[owner.name], indexes=indexes, listeners=self.listeners
        )

    def _documents(self, collection_id: UUID) -> int:
        counted = select(func.count()).select_from(EntryRow).where(EntryRow.collection_id == collection_id)
        return self.rows.session.scalar(counted) or 0

    def _row(self, change_id: UUID, *, lock: bool = True) -> CollectionChange:
        query = select(CollectionChange).where(CollectionChange.id == change_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        found = self.rows.session.scalar(query)
        if found is None:
            raise NotFound("There is no such change.")
        return found

    def _name(self, collection_id: UUID) -> str:
        return next(one.name for one in self.rows.all().values() if one.id == collection_id)


def _stored(effect: Effect) -> dict[str, Any]:
    examples = [[str(entry_id), error.path, error.detail] for entry_id, error in effect.examples]
    return {
        "act": effect.act,
        "field": effect.field,
        "text": effect.text,
        "entries": effect.entries,
        "examples": examples,
    }


def _effect(stored: dict[str, Any]) -> Effect:
    examples = tuple((UUID(one), FieldError(path, detail)) for one, path, detail in stored["examples"])
    return Effect(stored["act"], stored["field"], stored["text"], stored["entries"], examples)


def _change(row: CollectionChange, collection: str) -> Change:
    return Change(
        id=row.id,
        collection=collection,
        state=ChangeState(row.state),
        document=CollectionDocument.model_validate(row.document),
        from_version=row.from_version,
        effects=tuple(_effect(effect) for effect in row.effects),
        total=row.total,
        done=min(row.done, row.total) if row.state != ChangeState.APPLIED else row.total,
        failing=row.failing,
        by=row.by,
        at=row.at,
        finished=row.finished,
        detail=row.detail,
    )
