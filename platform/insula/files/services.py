"""The verbs of files: rows in the relational store, bytes in a folder."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from insula.db.work import bump, insert_into
from insula.events.interfaces import Event, Events
from insula.files.events import FileChanged, FileCreated, FileDeleted
from insula.files.folders import Bytes, Folder
from insula.files.interfaces import FileInfo, Files, FileUse, finders
from insula.files.models import File, FileUsage
from insula.files.names import check, clean
from insula.files.pictures import MADE_TYPE, Pictures, pictures_of
from insula.files.sections import MEGABYTE, FileLimits
from insula.files.settings import FilesSettings
from insula.files.sniffing import media_type_of
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Stale, TooLarge, UnsupportedMedia
from insula.kit.ids import uuid7
from insula.kit.settings import settings_of
from insula.kit.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from insula.db.work import TenantSession
    from insula.files.folders import Written
    from insula.files.interfaces import Content, Stream
    from insula.security.interfaces import RowFilter

VERSION = "files"
LONGEST_ALT = 500
_LIKE = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


class FolderFiles:
    """Files of the session's tenant, in one folder of the installation."""

    def __init__(
        self,
        session: TenantSession,
        events: Events,
        folder: Folder,
        pictures: Pictures,
        *,
        limits: Callable[[], FileLimits],
        widths: Sequence[int],
        find_uses: Callable[[Sequence[UUID]], Iterable[FileUse]],
    ) -> None:
        self._session = session
        self._events = events
        self._folder = folder
        self._pictures = pictures
        self._read_limits = limits
        self._widths = widths
        self._find_uses = find_uses

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
        """Read a stream to its end and keep it as a new file."""
        proper, told = clean(name), _described(alt)
        if length is not None and length > self._limits.largest:
            raise TooLarge(f"A file may have {self._limits.largest:,} bytes.")
        written = self._folder.write(stream, self._limits.largest)
        try:
            found = self._judged(media_type_of(written.head, proper, media_type))
            if judge is not None:
                judge(found, written.size)
            size = self._pictures.measure(written.place, found)
            # The lock of the whole database, on SQLite, is not held while bytes come in.
            self._session.begin_writing()
            self._count(written)
            self._folder.keep(written)
        except BaseException:
            self._folder.discard(written)
            raise
        moment = now()
        row = File(
            id=uuid7(),
            name=proper,
            media_type=found,
            size=written.size,
            sha256=written.sha256,
            width=size.width if size else None,
            height=size.height if size else None,
            public=public,
            alt=told,
            author_id=author,
            version=1,
            created=moment,
            changed=moment,
        )
        self._session.add(row)
        self._session.flush()
        self._events.emit(
            FileCreated(str(row.id), row.name, row.media_type, row.size, row.sha256, row.public)
        )
        return _info(row)

    def find(self, file_id: UUID) -> FileInfo:
        """Return one."""
        row = self._session.scalar(select(File).where(File.id == file_id))
        if row is None:
            raise NotFound
        return _info(row)

    def find_many(self, file_ids: Iterable[UUID]) -> Mapping[UUID, FileInfo]:
        """Return those of the ids that are files."""
        wanted = frozenset(file_ids)
        if not wanted:
            return {}
        return {row.id: _info(row) for row in self._session.scalars(select(File).where(File.id.in_(wanted)))}

    def hold(self, file_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return those of the ids that are files, and keep them from being deleted until the transaction ends."""
        wanted = frozenset(file_ids)
        if not wanted:
            return frozenset()
        # In one order, so that two transactions that hold several do not wait for each other.
        held = select(File.id).where(File.id.in_(wanted)).order_by(File.id)
        return frozenset(self._session.scalars(held.with_for_update(read=True, key_share=True)))

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
        """Return files, newest first."""
        query = select(File).order_by(File.id.desc()).limit(limit)
        if find:
            part = f"%{find.translate(_LIKE)}%"
            query = query.where(or_(File.name.ilike(part, escape="\\"), File.alt.ilike(part, escape="\\")))
        if kind:
            type_ = kind.translate(_LIKE)
            query = query.where(
                or_(
                    File.media_type.like(f"{type_}/%", escape="\\"),
                    File.media_type.like(f"%/{type_}", escape="\\"),
                )
            )
        if public is not None:
            query = query.where(File.public.is_(public))
        if allowed is not None:
            query = query.where(allowed.where)
        if after is not None:
            query = query.where(File.id < after)
        return [_info(row) for row in self._session.scalars(query)]

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
        """Change what is said of a file and who may see it."""
        row = self._row(file_id, expected)
        wanted: dict[str, Any] = {}
        if name is not None:
            wanted["name"] = check(name)
        if alt is not None:
            wanted["alt"] = _described(alt)
        if public is not None:
            wanted["public"] = public
        different = {each: value for each, value in wanted.items() if getattr(row, each) != value}
        if not different:
            return _info(row)
        for each, value in different.items():
            setattr(row, each, value)
        row.version += 1
        row.changed = now()
        self._session.flush()
        self._changed(
            FileChanged(str(row.id), row.name, tuple(sorted(different)), row.public, row.version), actor
        )
        return _info(row)

    def delete(self, file_id: UUID, *, expected: int | None = None, actor: str | None = None) -> None:
        """Delete it for good; its bytes are swept away later, if no other file has them."""
        row = self._row(file_id, expected)
        if used := list(self._find_uses([file_id])):
            # Where that is, is for those to know who may view it.
            raise Conflict(f"{row.name} is used in {counted(len(used), 'place')}. Take it out there first.")
        usage = self._usage()
        self._session.delete(row)
        self._session.flush()
        if not self._has(row.sha256):
            usage.bytes -= row.size
            self._session.flush()
        self._changed(FileDeleted(str(row.id), row.name, row.sha256), actor)

    def uses(self, file_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[FileUse]]:
        """Return where files are used."""
        found: dict[UUID, list[FileUse]] = {}
        for use in self._find_uses(list(file_ids)):
            found.setdefault(use.file_id, []).append(use)
        return found

    def open(self, info: FileInfo, start: int = 0, length: int | None = None) -> Bytes:
        """Return the bytes, or a range of them."""
        return self._folder.open(info.sha256, start, length)

    def rendition(self, info: FileInfo, width: int) -> tuple[Content, str]:
        """Return an image in one of the widths allowed."""
        if width not in self.widths(info):
            offered = ", ".join(map(str, self.widths(info)))
            raise NotFound(f"This image is offered in the widths {offered}." if offered else "")
        place = self._folder.rendition(info.sha256, f"{width}.webp")
        if not place.exists():
            try:
                made = self._pictures.make(self._folder.place(info.sha256), info.media_type, width)
            except Invalid as error:
                raise NotFound(
                    "This image is broken behind its first part, and is offered as it is only."
                ) from error
            self._folder.keep_rendition(place, made)
        return Bytes(place), MADE_TYPE

    def widths(self, info: FileInfo) -> Sequence[int]:
        """Return the widths of renditions: all that are smaller than the image, and the next one, which it fills."""
        if info.width is None:
            return ()
        smaller = [width for width in self._widths if width < info.width]
        return self._widths[: len(smaller) + 1]

    def used(self) -> tuple[int, int]:
        """Return how many bytes the tenant keeps, and how many it may."""
        used = self._session.scalar(select(FileUsage.bytes)) or 0
        return used, self._limits.quota

    @cached_property
    def _limits(self) -> FileLimits:
        return self._read_limits()

    def _judged(self, media_type: str) -> str:
        if not self._limits.allows(media_type):
            detail = f"Files of the type {media_type} are not taken here. An administrator can allow them."
            raise UnsupportedMedia(detail)
        return media_type

    def _count(self, written: Written) -> None:
        """Add to what the tenant keeps, or raise Conflict where that is too much."""
        usage = self._usage()
        if self._has(written.sha256):
            return
        if usage.bytes + written.size > self._limits.quota:
            raise Conflict(
                f"There is room for {self._limits.quota // MEGABYTE:,} MB of files here, and "
                f"{usage.bytes / MEGABYTE:,.1f} MB are in use. Delete some first, or ask for more room."
            )
        usage.bytes += written.size
        self._session.flush()

    def _usage(self) -> FileUsage:
        """Return the row that counts, after waiting for whoever else changes it."""
        made = insert_into(self._session, FileUsage).values(tenant_id=self._session.tenant_id, bytes=0)
        self._session.execute(made.on_conflict_do_nothing())
        locked = select(FileUsage).with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(locked).one()

    def _has(self, sha256: str) -> bool:
        return self._session.scalar(select(File.id).where(File.sha256 == sha256).limit(1)) is not None

    def _row(self, file_id: UUID, expected: int | None) -> File:
        self._session.begin_writing()
        row = self._session.scalar(
            select(File).where(File.id == file_id).with_for_update().execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFound
        if expected is not None and row.version != expected:
            raise Stale(f"You changed version {expected}; the file has version {row.version} by now.")
        return row

    def _changed(self, event: Event, actor: str | None) -> None:
        # Pages that show files are known by this counter, among others.
        bump(self._session, VERSION)
        self._events.emit(event, actor=actor)


def _described(alt: str) -> str:
    told = " ".join(alt.split())
    if len(told) > LONGEST_ALT:
        raise Invalid(errors=[FieldError("alt", f"Use at most {LONGEST_ALT} characters.")])
    return told


def _info(row: File) -> FileInfo:
    return FileInfo(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        public=row.public,
        author_id=row.author_id,
        created=row.created,
        changed=row.changed,
        alt=row.alt,
        version=row.version,
    )


def files_factory(_context: object, request: Any) -> Files:
    """Return the files of the tenant of this request or piece of work."""
    registry = request.registry
    settings = settings_of(registry, FilesSettings)

    def find_uses(ids: Sequence[UUID]) -> Iterable[FileUse]:
        return (use for find in finders(registry) for use in find(request, ids))

    return FolderFiles(
        request.db,
        request.find_service(Events),
        Folder(settings.folder, request.tenant_id),
        pictures_of(registry),
        # Asked for when something is taken in: whoever only shows a page never reads them.
        limits=partial(request.section, "files"),
        widths=settings.widths,
        find_uses=find_uses,
    )
