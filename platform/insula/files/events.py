"""Facts about files; their content is in none of them."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class FileCreated(Event):
    """A file was taken in."""

    name = "file.created"
    file_id: str
    title: str
    media_type: str
    size: int
    sha256: str
    public: bool


@dataclass(frozen=True)
class FileChanged(Event):
    """Its name, its description or who may see it was changed; `fields` names what."""

    name = "file.changed"
    file_id: str
    title: str
    fields: tuple[str, ...]
    public: bool
    version: int


@dataclass(frozen=True)
class FileDeleted(Event):
    """A file was deleted for good."""

    name = "file.deleted"
    file_id: str
    title: str
    sha256: str
