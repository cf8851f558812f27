"""Files as JSON."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.files.interfaces import FileInfo, Files
from insula.kit.clock import isoformat


class RenditionShape(TypedDict):
    """An image in one of its widths."""

    width: int
    url: str


class FileShape(TypedDict):
    """A file; `url` is where its bytes are, for those who may view it."""

    id: Identifier
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    public: bool
    alt: str
    author: Identifier | None
    created: Moment
    changed: Moment
    version: int
    url: str
    renditions: list[RenditionShape]


class UseShape(TypedDict):
    """A place that needs a file."""

    title: str
    address: str


class UsesShape(TypedDict):
    """Where a file is used, as far as the caller may view it; `others` counts the rest."""

    data: list[UseShape]
    others: int


Kind = Literal["", "image", "audio", "video", "text", "pdf", "zip", "application"]


def file_shape(files: Files, info: FileInfo) -> FileShape:
    """Return a file as JSON shows it."""
    return {
        "id": str(info.id),
        "name": info.name,
        "media_type": info.media_type,
        "size": info.size,
        "sha256": info.sha256,
        "width": info.width,
        "height": info.height,
        "public": info.public,
        "alt": info.alt,
        "author": str(info.author_id) if info.author_id else None,
        "created": isoformat(info.created),
        "changed": isoformat(info.changed),
        "version": info.version,
        "url": info.path,
        "renditions": [{"width": each, "url": f"{info.path}?width={each}"} for each in files.widths(info)],
    }
