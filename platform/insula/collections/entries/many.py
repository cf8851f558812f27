"""The verbs of many entries at once: written in few statements, thrown away with what leads to them, or in a batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from insula.collections.entries.hiding import demand_along, fitting, may_name
from insula.collections.entries.ids import check_own, new_entries, new_entry
from insula.collections.entries.links import Affected, Links, without
from insula.collections.entries.service import EntryVerbs, refuse_unwritable
from insula.collections.entries.store import EntryStore, Loaded, Written, taken
from insula.collections.interfaces.entries import Entry, Operation, Permit, Rejected, Stage, working_stage
from insula.collections.interfaces.schemas import Collection, Collections
from insula.collections.schemas.check import Checked, checked, checker_of
from insula.collections.settings import CollectionsSettings
from insula.events.interfaces import Events
from insula.files.interfaces import Files
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid, Refused
from insula.kit.json import loads
from insula.kit.settings import settings_of

_SHOWN: Final = (Stage.LIVE, Stage.DRAFT)
_MOST_ERRORS: Final = 100
_ONE_ONLY: Final = "This collection has one entry, and it is there already. Change that one."
_SAME_ID: Final = "There is an entry with this id already. Leave the id out, or change that entry."


class SQLEntries(EntryVerbs):
    """Entries as rows of the session's tenant."""

    def create(
        self,
        collection: str,
        values: Mapping[str, Any],
        *,
        author: UUID | None,
        entry_id: UUID | None = None,
        permit: Permit | None = None,
    ) -> Entry:
        """Write a new entry."""
        info = self._collections.find(collection)
        refuse_unwritable(info, values, permit)
        new = fitting(info, values, permit)
        at = self._clock()
        if entry_id is not None and not info.document.singleton:
            check_own(entry_id, at, oldest=self._oldest_id)
        entry = new_entry(info, new, entry_id=entry_id, author=author, at=at)
        if permit is not None:
            permit.check("create", info, [entry])
        self._linked(new)
        if entry_id is not None or info.document.singleton:
            self._refuse_present(info, entry.id)
        stage = working_stage(info)
        self._write(info, stage, Written(entry, new), act="create", actor=author)
        self._tell(info, "create", entry)
        return entry

    def create_many(
        self,
        collection: str,
        values: Sequence[Mapping[str, Any]],
        *,
        author: UUID | None,
        whole: bool = True,
        permit: Permit | None = None,
    ) -> tuple[Sequence[Entry], Sequence[Rejected]]:
        """Write many in few statements."""
        info = self._collections.find(collection)
        if info.document.singleton:
            raise Conflict(_ONE_ONLY)
        wrong: dict[int, list[FieldError]] = {}
        right = self._checked_many(info, values, wrong, permit)
        if whole and wrong:
            raise Invalid(errors=_placed(wrong))
        at = self._clock()
        news = new_entries(info, list(right.values()), author=author, at=at)
        made = {index: Written(entry, new) for (index, new), entry in zip(right.items(), news, strict=True)}
        if permit is not None and made:
            permit.check("create", info, [each.entry for each in made.values()])
        self._write_many(info, made, wrong, author=author, whole=whole)
        entries = [each.entry for each in made.values()]
        if entries:
            self._tell(info, "create", *entries)
        return entries, [Rejected(index, errors) for index, errors in sorted(wrong.items())]

    def trash(
        self,
        collection: str,
        entry_id: UUID,
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> None:
        """Throw it away, and do with what leads to it as its fields say."""
        info = self._collections.find(collection)
        entry = self._locked(info, working_stage(info), entry_id, expected, "delete", permit).entry
        with self._telling():
            self._trash(info, entry, author, permit)

    def run(
        self, operations: Sequence[Operation], *, author: UUID | None, permit: Permit | None = None
    ) -> Sequence[Entry | None]:
        """Do all of these in the order given, or none."""
        done: list[Entry | None] = []
        with self._telling():
            for index, operation in enumerate(operations):
                try:
                    done.append(self._operate(operation, author, permit))
                except InsulaError as error:
                    raise _placed_in(error, f"operations.{index}") from error
        return done

    def _operate(self, step: Operation, author: UUID | None, permit: Permit | None) -> Entry | None:
        if step.op == "create":
            return self.create(
                step.collection, step.values or {}, author=author, entry_id=step.id, permit=permit
            )
        if step.id is None:
            raise Invalid(errors=[FieldError("id", "This is needed.")])
        if step.op == "edit":
            return self.edit(
                step.collection,
                step.id,
                step.values or {},
                expected=step.expected,
                author=author,
                permit=permit,
            )
        verbs: dict[str, Any] = {"trash": self.trash, "publish": self.publish, "unpublish": self.unpublish}
        verb = verbs.get(step.op)
        if verb is None:
            raise Invalid(errors=[FieldError("op", "Use create, edit, trash, publish or unpublish.")])
        entry: Entry | None = verb(
            step.collection, step.id, expected=step.expected, author=author, permit=permit
        )
        return entry

    def _checked_many(
        self,
        info: Collection,
        values: Sequence[Mapping[str, Any]],
        wrong: dict[int, list[FieldError]],
        permit: Permit | None,
    ) -> dict[int, Checked]:
        right: dict[int, Checked] = {}
        for index, each in enumerate(values):
            try:
                refuse_unwritable(info, each, permit)
                right[index] = fitting(info, each, permit)
            except Invalid as error:
                wrong[index] = list(error.errors)
        links = [(index, link) for index, new in right.items() for link in new.links]
        if links:
            for index, nowhere in self._links.broken(links):
                wrong.setdefault(index, []).append(nowhere)
                right.pop(index, None)
        return right

    def _write_many(
        self,
        info: Collection,
        made: dict[int, Written],
        wrong: dict[int, list[FieldError]],
        *,
        author: UUID | None,
        whole: bool,
    ) -> None:
        """Write these; those with a value that is taken are moved to what is wrong."""
        if not made:
            return
        stage = working_stage(info)
        clashes = self._store.write(info, stage, list(made.values()), act="create", actor=author)
        if not clashes:
            return
        places = {each.entry.id: index for index, each in made.items()}
        error = taken((places[entry_id], field) for entry_id, field in clashes)
        if whole:
            raise error
        gone = {entry_id for entry_id, _ in clashes}
        self._store.drop(info, list(gone), stage)
        for entry_id in gone:
            self._store.forget(info, entry_id)
            del made[places[entry_id]]
        for place, one in ((places[entry_id], field) for entry_id, field in clashes):
            wrong.setdefault(place, []).extend(taken([(None, one)]).errors)

    def _refuse_present(self, info: Collection, entry_id: UUID) -> None:
        self._store.reserve(info, entry_id)
        there = self._store.load_many(info, [entry_id], *Stage)
        if not there:
            return
        if not info.document.singleton:
            raise Conflict(_SAME_ID)
        thrown = all(each.entry.stage is Stage.TRASH for each in there)
        raise Conflict(
            "The entry is in the trash. Restore it, or delete it for good." if thrown else _ONE_ONLY
        )

    def _trash(self, info: Collection, entry: Entry, author: UUID | None, permit: Permit | None) -> None:
        """Throw it away with all that goes along, once it is known what goes and what only loses a link."""
        levels: list[tuple[Collection, list[Entry]]] = []
        released: list[tuple[Affected, list[UUID]]] = []
        going = {entry.id}
        waiting = deque([(info, [entry])])
        while waiting:
            collection, entries = waiting.popleft()
            levels.append((collection, entries))
            ids = [each.id for each in entries]
            for affected in self._links.affected(collection, ids):
                if _rule(affected) != "delete":
                    released.append((affected, ids))
                elif rest := _less(affected, going).ids:
                    leading, stage = affected.collection, working_stage(affected.collection)
                    loaded = self._store.load_many(leading, rest, stage, lock=True)
                    taken_along = [each.entry for each in loaded]
                    demand_along(permit, "delete", leading, taken_along)
                    going.update(rest)
                    waiting.append((leading, taken_along))
            self._links.refuse_many(going, released)
        for affected, ids in released:
            self._release(_less(affected, going), ids, author, permit)
        # What leads to others goes before them.
        for collection, entries in reversed(levels):
            self._throw(collection, entries, author)
        self._known.clear()

    def _throw(self, info: Collection, entries: Sequence[Entry], author: UUID | None) -> None:
        at = self._clock()
        thrown = [self._thrown(info, each, at) for each in entries]
        if thrown:
            self._store.drop(info, [each.id for each in entries], *_SHOWN)
            self._store.write(info, Stage.TRASH, thrown, act="trash", actor=author)
            self._tell(info, "trash", *(each.entry for each in thrown))

    def _thrown(self, info: Collection, entry: Entry, at: datetime) -> Written:
        new, _ = checker_of(info).rewrite(loads(entry.text))
        at = max(at, self._moment(entry))
        return Written(
            replace(
                entry,
                stage=Stage.TRASH,
                version=entry.version + 1,
                text=new.text,
                changed=at,
                published_at=None,
                publish_at=None,
                expire_at=None,
            ),
            new,
        )

    def _release(
        self, affected: Affected, gone: Sequence[UUID], author: UUID | None, permit: Permit | None
    ) -> None:
        info, field, ids = affected
        if not ids:
            return
        if _rule(affected) == "restrict":

            def leading() -> list[Entry]:
                return [each.entry for each in self._store.load_many(info, ids, working_stage(info))]

            if not may_name(permit, info, field.name, leading):
                raise Conflict("Other entries lead here. Have them lead elsewhere first.")
            raise Conflict(
                f"Entries of {info.name} lead here by {field.name}. Have them lead elsewhere first.",
                errors=[FieldError(field.name, f"{len(ids)} entries of {info.name} lead here.")],
            )
        stages = {working_stage(info), Stage.LIVE}
        documents: dict[UUID, list[Loaded]] = {}
        for each in self._store.load_many(info, ids, *stages, lock=True):
            documents.setdefault(each.entry.id, []).append(each)
        for own in documents.values():
            self._clear(affected, own, gone, author, permit)

    def _clear(
        self,
        affected: Affected,
        documents: Sequence[Loaded],
        gone: Sequence[UUID],
        author: UUID | None,
        permit: Permit | None,
    ) -> None:
        """Take links away from what is worked on and from what is published; both have one new version then."""
        info, field, _ = affected
        newest = max(each.entry.version for each in documents)
        stored = [loads(each.entry.text) for each in documents]
        values = [without(field, each.get(field.name), gone) for each in stored]
        changed = [each.get(field.name) != value for each, value in zip(stored, values, strict=True)]
        for before, old, value, is_other in zip(documents, stored, values, changed, strict=True):
            entry, is_copy = before.entry, before.entry.stage is not working_stage(info)
            # Where only what is published leads there, the draft takes the version all the same: it has each once.
            if not is_other and (is_copy or not any(changed)):
                continue
            new = checked(info, {field.name: value}, old)
            at = self._moment(entry)
            after = replace(entry, version=newest + 1, text=new.text, changed=at)
            if is_copy:
                self._store.drop(info, [entry.id], entry.stage)
                self._store.write(info, entry.stage, [Written(after, new)], act=None, actor=None)
            else:
                demand_along(permit, "edit", info, [entry, after])
                self._update(info, before, after, act="edit", author=author, at=at)
                self.refresh(info, before, Written(after, new), {field.name})


def _rule(affected: Affected) -> str:
    field = affected.field
    return "restrict" if field.required and field.on_delete == "clear" else field.on_delete


def _less(affected: Affected, going: set[UUID]) -> Affected:
    return affected._replace(ids=[each for each in affected.ids if each not in going])


def _placed(wrong: Mapping[int, Sequence[FieldError]]) -> list[FieldError]:
    listed = [
        FieldError(f"{index}.{error.path}", error.detail)
        for index, errors in sorted(wrong.items())
        for error in errors
    ]
    return listed[:_MOST_ERRORS]


def _placed_in(error: InsulaError, place: str) -> InsulaError:
    """Return an error of one step as one of the whole."""
    inner = error.errors or (FieldError("", error.detail or error.title),)
    errors = [FieldError(f"{place}.{each.path}".rstrip("."), each.detail, each.line) for each in inner]
    moved = type(error)(error.detail, errors=errors, retry_after=error.retry_after)
    if isinstance(error, Refused) and isinstance(moved, Refused):
        moved.decision = error.decision
    return moved


def entries_factory(context: object, request: Any) -> SQLEntries:  # the shape of a service factory
    """Return the entries of the request's tenant."""
    collections = request.find_service(Collections)
    store = EntryStore(request.db)
    settings = settings_of(request.registry, CollectionsSettings)
    links = Links(store, collections, lambda: request.find_service(Files), most=settings.max_affected)
    oldest_id = timedelta(hours=settings.own_id_hours)
    return SQLEntries(store, collections, request.find_service(Events), links, oldest_id=oldest_id)
