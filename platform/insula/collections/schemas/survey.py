"""What a change of a collection would do to its entries: looked at before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import func, select, tuple_

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.schemas import Collection, Effect, FieldDocument
from insula.collections.models import EntryRow
from insula.collections.schemas.check import TAKEN, Checker
from insula.collections.schemas.diff import Difference, said_itself
from insula.collections.schemas.fields import REQUIRED, CheckedField, Misfit
from insula.collections.schemas.keys import key_of
from insula.db.work import TenantSession
from insula.kit.errors import FieldError

_PAGE: Final = 2_000

Example = tuple[UUID, FieldError]


@dataclass
class _Tally:
    """The entries that something happens to, by field."""

    entries: dict[str, set[UUID]] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def add(self, name: str, entry_id: UUID, error: FieldError | None = None, most: int = 0) -> None:
        known = self.entries.setdefault(name, set())
        if entry_id not in known:
            known.add(entry_id)
            examples = self.examples.setdefault(name, [])
            if error is not None and len(examples) < most:
                examples.append((entry_id, error))

    def count(self, name: str) -> int:
        return len(self.entries.get(name, ()))


@dataclass(frozen=True)
class Survey:
    """What was found: a line for each field, and how many entries would not fit."""

    effects: tuple[Effect, ...]
    failing: int


class Surveyor:
    """Looks at the entries of one collection."""

    def __init__(
        self, session: TenantSession, collection: Collection, difference: Difference, *, examples: int
    ) -> None:
        self._session = session
        self._collection = collection
        self._difference = difference
        self._most = examples
        after = Collection(
            **{name: getattr(collection, name) for name in ("id", "name", "version", "created", "changed")},
            document=difference.after,
            changed_by="",
        )
        checker = Checker(after)
        self._checked = {name: checker.fields[name] for name in difference.to_check}
        self._empty = [name for name, one in difference.added.items() if one.required and one.default is None]
        self._lost, self._failing = _Tally(), _Tally()
        self._seen: dict[tuple[str, int], set[str]] = {}

    def survey(self) -> Survey:
        """Return what a change would do."""
        if self._checked or self._empty or self._difference.removed:
            for stage, entry_id, text in self._documents():
                self._look(stage, entry_id, orjson.loads(text))
        failing = set().union(*self._failing.entries.values()) if self._failing.entries else set()
        return Survey(tuple(self._effects()), len(failing))

    def documents(self) -> int:
        """Return how many documents there are."""
        return self._count(func.count())

    def entries(self) -> int:
        """Return how many entries there are that are not in the trash."""
        return self._count(func.count(EntryRow.id.distinct()), EntryRow.stage != Stage.TRASH)

    def _count(self, what: Any, *conditions: Any) -> int:
        counted = select(what).select_from(EntryRow).where(EntryRow.collection_id == self._collection.id)
        return self._session.scalar(counted.where(*conditions)) or 0

    def _documents(self) -> Iterator[tuple[int, UUID, str]]:
        page = (
            select(EntryRow.stage, EntryRow.id, EntryRow.document)
            .where(EntryRow.collection_id == self._collection.id)
            .order_by(EntryRow.stage, EntryRow.id)
            .limit(_PAGE)
        )
        rows = self._session.execute(page).all()
        while rows:
            yield from ((row.stage, row.id, row.document) for row in rows)
            last = (rows[-1].stage, rows[-1].id)
            rows = (
                self._session.execute(page.where(tuple_(EntryRow.stage, EntryRow.id) > last)).all()
                if len(rows) == _PAGE
                else []
            )

    def _look(self, stage: int, entry_id: UUID, stored: dict[str, Any]) -> None:
        for name, was in self._difference.renamed.items():
            if was in stored:
                stored[name] = stored[was]
        for name in self._difference.removed:
            if stored.get(name) not in (None, "", []):
                self._lost.add(name, entry_id)
        # What lies in the trash is checked when it is restored.
        if stage == Stage.TRASH:
            return
        for name in self._empty:
            self._failing.add(name, entry_id, FieldError(name, REQUIRED), self._most)
        for name, checked in self._checked.items():
            error = self._error(checked, stage, stored.get(name))
            if error is not None:
                self._failing.add(name, entry_id, error, self._most)

    def _error(self, checked: CheckedField, stage: int, value: Any) -> FieldError | None:
        name = checked.name
        try:
            converted = checked.convert(value)
        except Misfit as misfit:
            return FieldError(f"{name}{misfit.errors[0].path}", misfit.errors[0].detail)
        if checked.field.unique and converted is not None:
            seen = self._seen.setdefault((name, stage), set())
            key = key_of(checked.field, converted)
            if key in seen:
                return FieldError(name, TAKEN)
            seen.add(key)
        return None

    def _effects(self) -> Iterator[Effect]:
        difference = self._difference
        for name in difference.itself:
            yield Effect("change", "", said_itself(difference, name))
        for index in difference.building:
            if "+" in index:
                yield Effect("add", index, "Indexed together.")
        for index in difference.dropped:
            if "+" in index:
                yield Effect("remove", index, "Not indexed together any more.")
        for name, new in difference.added.items():
            yield self._failed("add", name, _of_added(new))
        for after in difference.after.fields:
            if after.name in difference.changed:
                yield self._failed("change", after.name, difference.said(after))
            elif after.name in difference.to_check:
                yield self._failed("change", after.name, "Indexed together with other fields.")
        for name in difference.removed:
            if lost := self._lost.count(name):
                yield Effect("lose", name, "The field and its values are lost.", lost)
            else:
                yield Effect("remove", name, "No entry has a value of it.")

    def _failed(self, act: Any, name: str, text: str) -> Effect:
        examples = tuple(self._failing.examples.get(name, ()))
        return Effect(act, name, text, self._failing.count(name), examples)


def _of_added(new: FieldDocument) -> str:
    if new.default is None:
        return "Added; the entries there are have no value of it."
    return f"Added; the entries there are get {new.default!r}."
