"""Facts about pages."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class PageCreated(Event):
    """A page was made."""

    name = "page.created"
    page_id: str
    path: str
    title: str


@dataclass(frozen=True)
class PageEdited(Event):
    """A page was changed; `fields` names what."""

    name = "page.edited"
    page_id: str
    path: str
    fields: tuple[str, ...]
    version: int


@dataclass(frozen=True)
class PagePublished(Event):
    """A page was shown to visitors."""

    name = "page.published"
    page_id: str
    path: str
    version: int


@dataclass(frozen=True)
class PageUnpublished(Event):
    """A page was taken from visitors' eyes."""

    name = "page.unpublished"
    page_id: str
    path: str
    version: int
