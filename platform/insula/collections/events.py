"""Facts about collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from insula.events.interfaces import Event


@dataclass(frozen=True)
class CollectionCreated(Event):
    """A collection was declared."""

    name = "collection.created"
    collection_id: str
    collection: str
    title: str


@dataclass(frozen=True)
class CollectionChanged(Event):
    """Another document is in force; `fields` names those that were added, changed or removed."""

    name = "collection.changed"
    collection_id: str
    collection: str
    version: int
    fields: tuple[str, ...]
    change_id: str


@dataclass(frozen=True)
class CollectionDeleted(Event):
    """A collection was deleted with its entries."""

    name = "collection.deleted"
    collection_id: str
    collection: str
    entries: int


@dataclass(frozen=True)
class EntriesChanged(Event):
    """Entries of one collection were written in one transaction; each act is `{"id", "act", "version"}`."""

    name = "entries.changed"
    collection: str
    acts: tuple[Mapping[str, Any], ...]
