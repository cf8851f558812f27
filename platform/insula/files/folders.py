"""Bytes in a folder for each tenant, under the hash of their content.

A file is written under a name nobody asks for, made durable, and then renamed, so that nothing half-done is ever found
by its hash. Bytes whose transaction was not committed belong to no file and are swept away after a while.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from insula.files.sniffing import HEAD
from insula.kit.errors import NotFound, TooLarge, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from insula.files.interfaces import Stream

PIECE: Final = 1 << 16
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_NEW, _KEPT, _MADE, _LOCK = "new", "kept", "made", "lock"


@dataclass(frozen=True)
class Written:
    """Bytes that are durable, and not yet found by their hash."""

    place: Path
    sha256: str
    size: int
    head: bytes


class Bytes:
    """A range of a file on its way out."""

    def __init__(self, place: Path, start: int = 0, length: int | None = None) -> None:
        try:
            # It is closed by whoever sends it, after the view is done.
            self.file = place.open("rb")
        except FileNotFoundError:
            raise NotFound("The file has no content any more.") from None
        self.file.seek(start)
        rest = max(os.fstat(self.file.fileno()).st_size - start, 0)
        self.length = rest if length is None else min(length, rest)

    def __iter__(self) -> Iterator[bytes]:
        left = self.length
        while left and (piece := self.file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()


class Folder:
    """The bytes of one tenant."""

    def __init__(self, root: Path, tenant_id: UUID) -> None:
        # The end of an id is random, so that a folder of thousands of tenants has 256 parts of like size.
        self._root = root / tenant_id.hex[-2:] / tenant_id.hex

    def write(self, stream: Stream, most: int) -> Written:
        """Read a stream to its end; raises TooLarge beyond so many bytes, of which nothing stays."""
        place = self._root / _NEW / uuid4().hex
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            return _copied(stream, place, most)
        except BaseException as error:
            place.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise Unavailable(
                    "There is no room for files left. Try again later.", retry_after=60
                ) from error
            raise

    def keep(self, written: Written) -> None:
        """Let bytes be found by their hash; the same content is kept once."""
        place = self._kept(written.sha256)
        _make(place.parent)
        with self._lock(fcntl.LOCK_SH):
            if place.exists():
                # Young again, so that the sweep does not take what a file is about to have.
                os.utime(place)
                written.place.unlink()
                return
            written.place.replace(place)
        _settle(place.parent)

    def discard(self, written: Written) -> None:
        """Forget bytes that are not to be kept."""
        written.place.unlink(missing_ok=True)

    def place(self, sha256: str) -> Path:
        """Return where bytes with this hash lie."""
        return self._kept(sha256)

    def open(self, sha256: str, start: int = 0, length: int | None = None) -> Bytes:
        """Return a range of the bytes with this hash; raises NotFound."""
        return Bytes(self._kept(sha256), start, length)

    def rendition(self, sha256: str, name: str) -> Path:
        """Return where something made of the bytes with this hash lies, if it was made."""
        return self._root / _MADE / sha256[:2] / f"{sha256}.{name}"

    def keep_rendition(self, place: Path, content: bytes) -> None:
        """Keep something that was made, whole or not at all; it can be made again, so it need not be durable."""
        draft = self._root / _NEW / uuid4().hex
        for folder in (draft.parent, place.parent):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(content)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)

    def sweep(self, older_than: float, known: Callable[[AbstractSet[str]], AbstractSet[str]]) -> int:
        """Remove what was left half-done, and bytes that belong to none of the files known; return how many."""
        before = time.time() - older_than
        removed = sum(_remove(place) for place in _old(self._root / _NEW, before))
        found = {place.name: place for part in _parts(self._root / _KEPT) for place in _old(part, before)}
        orphans = set(found) - known(found.keys()) if found else set()
        for name in orphans:
            with self._lock(fcntl.LOCK_EX):
                # It may have become the content of a new file in the meantime.
                if found[name].stat().st_mtime < before:
                    removed += _remove(found[name])
        for part in _parts(self._root / _MADE):
            left = (
                place for place in _old(part, before) if not self._kept(place.name.partition(".")[0]).exists()
            )
            removed += sum(_remove(place) for place in left)
        return removed

    def _kept(self, sha256: str) -> Path:
        return self._root / _KEPT / sha256[:2] / sha256

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        with (self._root / _LOCK).open("ab") as lock:
            fcntl.flock(lock, kind)
            yield


def tenants_of(root: Path) -> list[UUID]:
    """Return the tenants that have a folder, in an order that stays."""
    found = []
    for part in _parts(root):
        for each in _parts(part):
            with suppress(ValueError):
                found.append(UUID(each.name))
    return sorted(found)


def _copied(stream: Stream, place: Path, most: int) -> Written:
    digest, size, head = hashlib.sha256(), 0, b""
    with place.open("xb", buffering=0) as file:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > most:
                raise TooLarge(f"A file may have {most:,} bytes.")
            if len(head) < HEAD:
                head += piece[: HEAD - len(head)]
            digest.update(piece)
            file.write(piece)
        os.fsync(file.fileno())
    return Written(place, digest.hexdigest(), size, head)


def _make(folder: Path) -> None:
    """Make a folder durable with all above it that is new."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _settle(each.parent)


def _settle(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parts(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _old(folder: Path, before: float) -> Iterator[Path]:
    for each in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if each.stat().st_mtime < before:
                yield each


def _remove(place: Path) -> int:
    try:
        place.unlink()
    except FileNotFoundError:
        return 0
    return 1
