"""Entries as every part reads them, and the promise that writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol
from uuid import UUID

from insula.collections.interfaces.schemas import Collection
from insula.kit.errors import FieldError


class Stage(IntEnum):
    """Which of its documents an entry shows: what visitors read, what is being worked on, or what was thrown away.

    An entry of a collection without drafts is LIVE only. With drafts it has a DRAFT always, and a LIVE one once
    published. In the trash it is TRASH alone.
    """

    LIVE = 0
    DRAFT = 1
    TRASH = 2


def working_stage(info: Collection) -> Stage:
    """Return the stage in which entries of a collection are worked on."""
    return Stage.DRAFT if info.document.drafts else Stage.LIVE


@dataclass(frozen=True)
class Entry:
    """One document of an entry; `text` is the JSON object of its fields, as stored."""

    id: UUID
    collection: str
    stage: Stage
    version: int
    text: str
    author_id: UUID | None
    created: datetime
    changed: datetime
    published_at: datetime | None = None
    publish_at: datetime | None = None
    expire_at: datetime | None = None


@dataclass(frozen=True)
class EntryVersion:
    """What an entry was once; every write keeps one."""

    entry_id: UUID
    version: int
    act: str
    """create, edit, publish, unpublish, trash, restore or revert."""
    text: str
    author_id: UUID | None
    at: datetime


@dataclass(frozen=True)
class Operation:
    """One step of a batch; all succeed, or none is kept."""

    op: str
    """create, edit, trash, publish or unpublish."""
    collection: str
    id: UUID | None = None
    expected: int | None = None
    """The version that the caller saw."""
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Rejected:
    """One value of a bulk that was refused: its place, from 0, and why."""

    index: int
    errors: Sequence[FieldError]


class Permit(Protocol):
    """What whoever asks may do."""

    def fields(self, collection: Collection) -> frozenset[str]:
        """Return the names of the fields that may be written; any other is refused like one that does not exist."""

    def check(self, action: str, collection: Collection, entries: Sequence[Entry]) -> None:
        """Raise Refused or NotFound unless each of these, as it is or as it would become, allows this action."""


class Entries(Protocol):
    """The entries of a tenant. `expected` is the version that the caller saw; another one raises Stale.

    Without a `permit` everything may be done. With one, an entry is checked before a change and as it is after it.
    """

    def find(self, collection: str, entry_id: UUID, stage: Stage) -> Entry:
        """Return one; raises NotFound."""

    def create(
        self,
        collection: str,
        values: Mapping[str, Any],
        *,
        author: UUID | None,
        entry_id: UUID | None = None,
        permit: Permit | None = None,
    ) -> Entry:
        """Write a new entry; raises Invalid with a path for every bad field, Conflict where a unique value is taken."""

    def create_many(
        self,
        collection: str,
        values: Sequence[Mapping[str, Any]],
        *,
        author: UUID | None,
        whole: bool = True,
        permit: Permit | None = None,
    ) -> tuple[Sequence[Entry], Sequence[Rejected]]:
        """Write many in few statements; with `whole` all or none, and Invalid has paths such as `3.name`."""

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
        """Replace the values of the fields named; None takes a value away."""

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

    def unpublish(
        self,
        collection: str,
        entry_id: UUID,
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> Entry:
        """Take away what visitors read; the draft stays."""

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

    def trash(
        self,
        collection: str,
        entry_id: UUID,
        *,
        expected: int | None,
        author: UUID | None,
        permit: Permit | None = None,
    ) -> None:
        """Throw it away; links to it restrict, are cleared, or take what links along, as their fields say."""

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

    def purge(
        self, collection: str, entry_id: UUID, *, expected: int | None = None, permit: Permit | None = None
    ) -> None:
        """Delete it for good, from the trash only."""

    def versions(
        self, collection: str, entry_id: UUID, *, before: int | None = None, limit: int = 100
    ) -> Sequence[EntryVersion]:
        """Return what it was, newest first."""

    def version(self, collection: str, entry_id: UUID, version: int) -> EntryVersion:
        """Return what it was at one version; raises NotFound."""

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
        """Write an older version anew, as a version of its own; what it has of fields that are gone is left out."""

    def run(
        self, operations: Sequence[Operation], *, author: UUID | None, permit: Permit | None = None
    ) -> Sequence[Entry | None]:
        """Do all of these in the order given, or none; an error names its place as `operations.3.…`."""
