"""What other rooms may know of files: what one is, the service that keeps them, and how a room says it uses one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote
from uuid import UUID

if TYPE_CHECKING:
    from pyramid.registry import Registry

    from insula.security.interfaces import RowFilter

USES: Final = "insula.files.uses"


@dataclass(frozen=True)
class FileInfo:
    """One file as it stands; `version` counts changes of its name, description and audience, never of its content."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    """Pixels, of an image that renditions can be made of; as it is shown, so turned as its EXIF says."""
    height: int | None
    public: bool
    author_id: UUID | None
    created: datetime
    changed: datetime
    alt: str
    """What the file shows, in words for those who cannot see it."""
    version: int

    @property
    def path(self) -> str:
        """The address on each of the tenant's hosts; `?width=640` there asks for a rendition."""
        return f"/files/{self.id}/{quote(self.name)}"

    @property
    def is_picture(self) -> bool:
        """Whether it has renditions."""
        return self.width is not None


@dataclass(frozen=True)
class FileUse:
    """One place that needs a file: what it is called, and its address in the administration."""

    file_id: UUID
    title: str
    address: str


class FindUses(Protocol):
    """Says where files are used: one statement whatever their number, and at most a hundred uses of each."""

    def __call__(self, work: Any, file_ids: Sequence[UUID], /) -> Iterable[FileUse]:
        """Return the uses of these files; `work` is the request, or its stand-in outside of HTTP."""
        ...


class Stream(Protocol):
    """What a file is read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        ...


class Content(Protocol):
    """Bytes of a file on their way out."""

    @property
    def length(self) -> int:
        """How many bytes there are."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """Go through them in pieces."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Files(Protocol):
    """The files of the tenant whose session the service was given."""

    def take(
        self,
        stream: Stream,
        name: str,
        *,
        media_type: str | None = None,
        public: bool = False,
        alt: str = "",
        author: UUID | None = None,
        length: int | None = None,
        judge: Callable[[str, int], None] | None = None,
    ) -> FileInfo:
        """Read a stream to its end and keep it as a new file, in memory that does not grow with it.

        `media_type` is what the sender claims; what is found in the bytes counts. `judge` is called with that and
        with how many bytes there are before anything is kept, and raises where such a file may not be. The same
        bytes are kept once a tenant, however many files have them. Raises Invalid, UnsupportedMedia for a type that
        is not allowed or not the one claimed, TooLarge beyond the largest size, and Conflict where the tenant's quota
        is used up. The bytes stay only if the transaction is committed.
        """
        ...

    def find(self, file_id: UUID) -> FileInfo:
        """Return one, or raise NotFound."""
        ...

    def find_many(self, file_ids: Iterable[UUID]) -> Mapping[UUID, FileInfo]:
        """Return those of the ids that are files, with one statement."""
        ...

    def hold(self, file_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return those of the ids that are files, and keep them from being deleted until the transaction ends.

        Whoever writes down a file's id asks this first, in the same transaction.
        """
        ...

    def page(
        self,
        *,
        find: str = "",
        kind: str = "",
        public: bool | None = None,
        allowed: RowFilter | None = None,
        after: UUID | None = None,
        limit: int = 50,
    ) -> Sequence[FileInfo]:
        """Return files, newest first, behind `after`; `find` is a part of the name, `kind` such as image or pdf."""
        ...

    def describe(
        self,
        file_id: UUID,
        *,
        name: str | None = None,
        alt: str | None = None,
        public: bool | None = None,
        expected: int | None = None,
        actor: str | None = None,
    ) -> FileInfo:
        """Change what is said of a file and who may see it; raises Stale when the version is not the expected one."""
        ...

    def delete(self, file_id: UUID, *, expected: int | None = None, actor: str | None = None) -> None:
        """Delete it for good; raises Conflict while something uses it."""
        ...

    def uses(self, file_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[FileUse]]:
        """Return where files are used; a file that nothing uses is left out."""
        ...

    def open(self, info: FileInfo, start: int = 0, length: int | None = None) -> Content:
        """Return the bytes, or a range of them; raises NotFound where they are gone."""
        ...

    def rendition(self, info: FileInfo, width: int) -> tuple[Content, str]:
        """Return an image in one of the widths allowed, with its media type; made once and kept.

        Raises NotFound for what is no image and for other widths, and Unavailable while too many are being made.
        """
        ...

    def widths(self, info: FileInfo) -> Sequence[int]:
        """Return the widths that renditions of an image have, smallest first; none for what is no image."""
        ...

    def used(self) -> tuple[int, int]:
        """Return how many bytes the tenant keeps, and how many it may."""
        ...


def finders(registry: Registry) -> Sequence[FindUses]:
    """Return everything that says where files are used."""
    found: Sequence[FindUses] = registry.get(USES) or ()
    return found
