"""The verbs of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from insula.collections.entries.hiding import naming
from insula.collections.entries.links import Links
from insula.collections.entries.shapes import status_of
from insula.collections.entries.store import EntryStore, Loaded, Written, found, taken
from insula.collections.events import EntriesChanged
from insula.collections.interfaces.entries import Entry, EntryVersion, Permit, Stage, working_stage
from insula.collections.interfaces.schemas import SYSTEM_MEMBERS, Collection, Collections
from insula.collections.schemas.check import MOST_UNKNOWN, Checked, checked, no_field
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Refused, Stale, Unauthenticated
from insula.kit.json import loads

_TICK = timedelta(microseconds=1)
_NO_DRAFTS = "Entries of this collection are published as they are written; it has no drafts."


class EntryVerbs:
    """What is done to one entry at a time."""

    def __init__(
        self,
        store: EntryStore,
        collections: Collections,
        events: Events,
        links: Links,
        *,
        clock: Callable[[], datetime] = now,
        oldest_id: timedelta = timedelta(days=1),
    ) -> None:
        self._store = store
        self._collections = collections
        self._events = events
        self._links = links
        self._clock = clock
        self._oldest_id = oldest_id
        self._known: dict[tuple[UUID, Stage, UUID], Loaded] = {}
        self._acts: dict[str, list[dict[str, Any]]] | None = None

    def find(self, collection: str, entry_id: UUID, stage: Stage) -> Entry:
        """Return one entry."""
        info = self._collections.find(collection)
        loaded = found(self._store.load(info, stage, entry_id))
        self._known[info.id, stage, entry_id] = loaded
        return loaded.entry

    def edit(
        self,
        collection: str,
        entry_id: UUID,
        changes: Mapping[str, Any],
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Replace the values of the fields named."""
        info = self._collections.find(collection)
        before = self._before(info, entry_id, expected, "edit", permit)
        refuse_unwritable(info, changes, permit)
        with naming(info, permit, changes):
            new = checked(info, changes, loads(before.entry.text))
            return self._rewrite(info, before, new, act="edit", author=author, permit=permit)

    def publish(
        self,
        collection: str,
        entry_id: UUID,
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Show visitors what is being worked on."""
        info, before = self._draft(collection, entry_id, expected, permit)
        if status_of(before.entry) == "published" and before.entry.publish_at is None:
            return before.entry
        at = self._moment(before.entry)
        with naming(info, permit):
            new = checked(info, {}, loads(before.entry.text))
        after = replace(
            before.entry, version=before.entry.version + 1, text=new.text, published_at=at, publish_at=None
        )
        self._update(info, before, after, act="publish", author=author, at=at)
        self._store.drop(info, [entry_id], Stage.LIVE)
        # Only what is worked on has dates, so that nothing is due twice.
        live = Written(replace(after, stage=Stage.LIVE, expire_at=None), new)
        with naming(info, permit):
            self._write(info, Stage.LIVE, live, act=None, actor=None)
        return after

    def unpublish(
        self,
        collection: str,
        entry_id: UUID,
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Take away what visitors read."""
        info, before = self._draft(collection, entry_id, expected, permit)
        if before.entry.published_at is None and before.entry.publish_at is None:
            return before.entry
        after = replace(
            before.entry,
            version=before.entry.version + 1,
            published_at=None,
            publish_at=None,
            expire_at=None,
        )
        self._update(info, before, after, act="unpublish", author=author, at=self._moment(before.entry))
        self._store.drop(info, [entry_id], Stage.LIVE)
        return after

    def schedule(
        self,
        collection: str,
        entry_id: UUID,
        *,
        publish_at: datetime | None,
        expire_at: datetime | None,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Say when the worker publishes it and when it takes it away again."""
        info, before = self._draft(collection, entry_id, expected, permit)
        if publish_at and expire_at and expire_at <= publish_at:
            raise Invalid(errors=[FieldError("expire_at", "Use a moment after publish_at.")])
        if (before.entry.publish_at, before.entry.expire_at) == (publish_at, expire_at):
            return before.entry
        after = replace(
            before.entry, version=before.entry.version + 1, publish_at=publish_at, expire_at=expire_at
        )
        self._update(info, before, after, act="schedule", author=author, at=self._moment(before.entry))
        return after

    def restore(
        self,
        collection: str,
        entry_id: UUID,
        *,
        expected: int | None = None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Take it out of the trash."""
        info = self._collections.find(collection)
        thrown = self._locked(info, Stage.TRASH, entry_id, expected, "restore", permit).entry
        with naming(info, permit):
            # What the fields have become meanwhile counts, and so does what it leads to.
            new = self._linked(checked(info, {}, loads(thrown.text)))
        stage, at = working_stage(info), self._moment(thrown)
        after = replace(
            thrown,
            stage=stage,
            version=thrown.version + 1,
            text=new.text,
            changed=at,
            published_at=at if stage is Stage.LIVE else None,
        )
        self._store.drop(info, [entry_id], Stage.TRASH)
        with naming(info, permit):
            self._write(info, stage, Written(after, new), act="restore", actor=author)
        self._tell(info, "restore", after)
        return after

    def purge(
        self, collection: str, entry_id: UUID, *, expected: int | None = None, permit: Permit | None = None
    ) -> None:
        """Delete it for good, from the trash only."""
        info = self._collections.find(collection)
        thrown = self._locked(info, Stage.TRASH, entry_id, expected, "delete", permit).entry
        self._store.drop(info, [entry_id], Stage.TRASH)
        self._store.forget(info, entry_id)
        self._tell(info, "purge", thrown)

    def versions(
        self, collection: str, entry_id: UUID, *, before: int | None = None, limit: int = 100
    ) -> Sequence[EntryVersion]:
        """Return what it was, newest first."""
        info = self._collections.find(collection)
        below = _LARGEST_VERSION if before is None else before
        return self._store.versions(info, entry_id, below=below, limit=limit)

    def version(self, collection: str, entry_id: UUID, version: int) -> EntryVersion:
        """Return what it was at one version."""
        listed = self.versions(collection, entry_id, before=version + 1, limit=1)
        if not listed or listed[0].version != version:
            raise NotFound(f"There is no version {version}.")
        return listed[0]

    def revert(
        self,
        collection: str,
        entry_id: UUID,
        version: int,
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Write an older version anew."""
        info = self._collections.find(collection)
        before = self._before(info, entry_id, expected, "restore", permit)
        old = loads(self.version(collection, entry_id, version).text)
        if permit is not None:
            # What may not be written stays as it is.
            kept = info.fields.keys() - permit.fields(info)
            now_said = info.of_today(loads(before.entry.text))
            old = {**info.of_today(old), **{name: now_said[name] for name in kept if name in now_said}}
        with naming(info, permit):
            new = checked(info, {}, old)
            return self._rewrite(info, before, new, act="revert", author=author, permit=permit)

    def _draft(
        self, collection: str, entry_id: UUID, expected: int | None, permit: Permit | None
    ) -> tuple[Collection, Loaded]:
        """Return what is to be published or no more; raises Conflict where there are no drafts."""
        info = self._collections.find(collection)
        before = self._before(info, entry_id, expected, "publish", permit)
        if not info.document.drafts:
            raise Conflict(_NO_DRAFTS)
        return info, before

    def _before(
        self, info: Collection, entry_id: UUID, expected: int | None, action: str, permit: Permit | None
    ) -> Loaded:
        """Return what is worked on; its version is compared once more as it is written."""
        stage = working_stage(info)
        before = self._known.get((info.id, stage, entry_id))
        if before is None or before.entry.version != expected:
            return self._locked(info, stage, entry_id, expected, action, permit)
        _check(permit, action, info, before.entry)
        return before

    def _locked(
        self,
        info: Collection,
        stage: Stage,
        entry_id: UUID,
        expected: int | None,
        action: str,
        permit: Permit | None,
    ) -> Loaded:
        """Return a document that allows an act, and that nobody else changes until the transaction ends.

        Raises NotFound or Refused, and to those only who may do it Stale.
        """
        listed = self._store.load_many(info, [entry_id], stage, lock=True)
        _check(permit, action, info, *(each.entry for each in listed))
        before = found(listed[0] if listed else None)
        if expected is not None and before.entry.version != expected:
            raise stale(expected, before.entry.version)
        return before

    def _write(
        self, info: Collection, stage: Stage, new: Written, *, act: str | None, actor: UUID | None
    ) -> None:
        if clashes := self._store.write(info, stage, [new], act=act, actor=actor):
            raise taken((None, field) for _, field in clashes)

    def _rewrite(
        self,
        info: Collection,
        before: Loaded,
        new: Checked,
        *,
        act: str,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        stored = info.of_today(loads(before.entry.text))
        changed = {name for name, value in new.values.items() if name not in stored or stored[name] != value}
        if not changed and before.schema_version == info.version:
            return before.entry
        at = self._moment(before.entry)
        after = replace(before.entry, version=before.entry.version + 1, text=new.text, changed=at)
        _check(permit, "edit", info, after)
        if after.publish_at is not None and not _allows(permit, "publish", info, after):
            # The worker would publish what nobody who may do so has seen.
            after = replace(after, publish_at=None)
        self._linked(new, changed)
        self._update(info, before, after, act=act, author=author, at=at)
        self.refresh(info, before, Written(after, new), changed)
        return after

    def refresh(self, info: Collection, before: Loaded, new: Written, changed: set[str]) -> None:
        """Write anew what is looked up of a document, as far as its changes concern it."""
        whole = before.schema_version != info.version
        names = [
            name
            for name, fields in info.indexes.items()
            if whole or any(field.name in changed for field in fields)
        ]
        if names:
            self._store.rekey(info, new.entry, new.checked.keys, names)
        if any(field.searchable and (whole or field.name in changed) for field in info.document.fields):
            self._store.reword(info, new.entry, new.checked)

    def _update(
        self, info: Collection, before: Loaded, after: Entry, *, act: str, author: UUID | None, at: datetime
    ) -> None:
        if not self._store.update(info, before, after, act=act, actor=author, at=at):
            raise stale(before.entry.version)
        self._known[info.id, after.stage, after.id] = Loaded(after, info.version)
        self._tell(info, act, after)

    def _linked(self, new: Checked, changed: set[str] | None = None) -> Checked:
        links = [link for link in new.links if changed is None or link.field in changed]
        if links and (wrong := [error for _, error in self._links.broken((None, link) for link in links)]):
            raise Invalid(errors=wrong)
        return new

    def _moment(self, before: Entry) -> datetime:
        # Each act is later than the one before, whatever the clock says; that is how a draft knows to have changed.
        floor = max(before.changed, before.published_at or before.changed)
        return max(self._clock(), floor + _TICK)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell of everything that is done within as one event of each collection."""
        if self._acts is not None:
            yield
            return
        self._acts = {}
        try:
            yield
            acts = self._acts
        finally:
            self._acts = None
        self._events.emit_all(EntriesChanged(name, tuple(each)) for name, each in acts.items())

    def _tell(self, info: Collection, act: str, *entries: Entry) -> None:
        with self._telling():
            told = self._acts.setdefault(info.name, [])  # type: ignore[union-attr]  # made by _telling
            told.extend({"id": str(each.id), "act": act, "version": each.version} for each in entries)


def refuse_unwritable(info: Collection, values: Mapping[str, Any], permit: Permit | None) -> None:
    """Raise Invalid for fields that may not be written, in the words of those that do not exist."""
    if permit is None:
        return
    writable = permit.fields(info)
    if values.keys() <= writable:
        return
    wrong = (name for name in values if name not in writable and name not in SYSTEM_MEMBERS)
    if errors := [no_field(name, writable) for name in islice(wrong, MOST_UNKNOWN)]:
        raise Invalid(errors=errors)


def stale(expected: int, version: int | None = None) -> Stale:
    """Return the error of a change that is based on a version which is no more."""
    now_at = "" if version is None else f" It has version {version} by now."
    return Stale(f"You changed version {expected}.{now_at} Read it again.")


_LARGEST_VERSION = 2**31 - 1


def _check(permit: Permit | None, action: str, info: Collection, *entries: Entry) -> None:
    if permit is not None:
        permit.check(action, info, entries)


def _allows(permit: Permit | None, action: str, info: Collection, entry: Entry) -> bool:
    try:
        _check(permit, action, info, entry)
    except (NotFound, Refused, Unauthenticated):
        return False
    return True
