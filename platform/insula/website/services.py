"""The verbs of pages, on the relational store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from insula.db.work import bump
from insula.events.interfaces import Event, Events
from insula.files.interfaces import Files
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Stale
from insula.kit.ids import uuid7
from insula.tree.interfaces import is_reserved
from insula.web.interfaces import Blocks, blocks_of
from insula.website.documents import check_blocks, check_fields
from insula.website.events import PageCreated, PageEdited, PagePublished, PageUnpublished
from insula.website.images import missing_images
from insula.website.interfaces import PageDraft, Pages, PageState
from insula.website.models import Page
from insula.website.paths import check_path, parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from pyramid.request import Request

    from insula.db.work import TenantSession
    from insula.security.interfaces import RowFilter

VERSION = "website"
EDITABLE = frozenset({"title", "summary", "blocks", "label", "position", "ask_to_sign_in"})


class SQLPages:
    """Pages as rows of the session's tenant."""

    def __init__(
        self,
        session: TenantSession,
        events: Events,
        files: Files,
        *,
        kinds: Blocks,
        reserved: Callable[[str], bool],
    ) -> None:
        self._session = session
        self._events = events
        self._files = files
        self._kinds = kinds
        self._reserved = reserved

    def by_paths(self, paths: Iterable[str]) -> Mapping[str, PageState]:
        """Return those of the paths that are pages."""
        wanted = tuple(paths)
        if not wanted:
            return {}
        rows = self._session.scalars(select(Page).where(Page.path.in_(wanted)))
        return {row.path: _state(row) for row in rows}

    def by_path(self, path: str) -> PageState:
        """Return one page."""
        row = self._session.scalar(select(Page).where(Page.path == path))
        if row is None:
            raise NotFound
        return _state(row)

    def get(self, page_id: UUID) -> PageState:
        """Return one page by its id."""
        row = self._session.scalar(select(Page).where(Page.id == page_id))
        if row is None:
            raise NotFound
        return _state(row)

    def list(
        self, *, after: str | None = None, limit: int = 100, allowed: RowFilter | None = None
    ) -> Sequence[PageState]:
        """Return pages by path."""
        query = select(Page).order_by(Page.path).limit(limit)
        if allowed is not None:
            query = query.where(allowed.where)
        if after is not None:
            query = query.where(Page.path > after)
        return [_state(row) for row in self._session.scalars(query)]

    def navigation(self) -> Sequence[PageState]:
        """Return the published pages of the first level that have a position."""
        rows = self._session.scalars(
            select(Page)
            .where(Page.parent_id.is_(None), Page.published.is_(True), Page.position.is_not(None))
            .order_by(Page.position, Page.path)
            .limit(12)
        )
        return [_state(row) for row in rows]

    def create(self, draft: PageDraft, *, author: UUID | None = None, actor: str | None = None) -> PageState:
        """Make an unpublished page."""
        path, above = draft.path, parent_of(draft.path)
        given = {
            "title": draft.title,
            "summary": draft.summary,
            "blocks": draft.blocks,
            "label": draft.label,
            "position": draft.position,
            "ask_to_sign_in": draft.ask_to_sign_in,
        }
        errors = list(self.flaws({"path": path, **given}))
        # Only a path that a page may have is looked for.
        sound = all(error.path != "path" for error in errors)
        family = self._family(path, above) if sound else {}
        if sound and above is not None and above not in family:
            detail = f"There is no page at {above}. Make that one first, or choose another path."
            errors.insert(0, FieldError("path", detail))
        if errors:
            raise Invalid(errors=errors)
        if path in family:
            raise Conflict(f"There is a page at {path} already.")
        values = self._check(given, keep=())
        moment = now()
        row = Page(
            id=uuid7(),
            path=path,
            parent_id=family[above] if above is not None else None,
            published=False,
            published_at=None,
            author_id=author,
            version=1,
            created=moment,
            updated=moment,
            **values,
        )
        self._session.add(row)
        try:
            self._session.flush()
        except IntegrityError as error:
            # Somebody else made it between the look and the write.
            raise Conflict(f"There is a page at {path} already.") from error
        self._changed(PageCreated(str(row.id), row.path, row.title), actor)
        return _state(row)

    def flaws(self, values: Mapping[str, Any]) -> Sequence[FieldError]:
        """Return everything that is wrong with members of a new page, as far as no other page is asked."""
        errors: list[FieldError] = []
        rest = dict(values)
        if "path" in rest:
            try:
                check_path(rest.pop("path"), self._reserved)
            except Invalid as error:
                errors.extend(error.errors)
        try:
            self._check(rest, keep=())
        except Invalid as error:
            errors.extend(error.errors)
        return errors

    def edit(
        self, page_id: UUID, changes: Mapping[str, Any], *, expected: int | None, actor: str | None = None
    ) -> PageState:
        """Change what an editor writes."""
        row = self._row(page_id, expected)
        unknown = sorted(set(changes) - EDITABLE)
        if unknown:
            known = ", ".join(sorted(EDITABLE))
            raise Invalid(
                errors=[FieldError(name, f"This cannot be changed. There are: {known}.") for name in unknown]
            )
        checked = self._check(changes, keep=row.blocks)
        different = {name: value for name, value in checked.items() if getattr(row, name) != value}
        if not different:
            return _state(row)
        for name, value in different.items():
            setattr(row, name, value)
        self._touch(row)
        self._changed(PageEdited(str(row.id), row.path, tuple(sorted(different)), row.version), actor)
        return _state(row)

    def publish(self, page_id: UUID, *, expected: int | None = None, actor: str | None = None) -> PageState:
        """Show the page to visitors."""
        row = self._row(page_id, expected)
        if not row.published:
            row.published, row.published_at = True, now()
            self._touch(row)
            self._changed(PagePublished(str(row.id), row.path, row.version), actor)
        return _state(row)

    def unpublish(self, page_id: UUID, *, expected: int | None = None, actor: str | None = None) -> PageState:
        """Take the page from visitors' eyes."""
        row = self._row(page_id, expected)
        if row.published:
            row.published, row.published_at = False, None
            self._touch(row)
            self._changed(PageUnpublished(str(row.id), row.path, row.version), actor)
        return _state(row)

    def _family(self, path: str, above: str | None) -> dict[str, UUID]:
        wanted = [path] if above is None else [path, above]
        rows = self._session.execute(select(Page.path, Page.id).where(Page.path.in_(wanted)))
        return {row.path: row.id for row in rows}

    def _row(self, page_id: UUID, expected: int | None) -> Page:
        row = self._session.scalar(
            select(Page).where(Page.id == page_id).with_for_update().execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFound
        if expected is not None and row.version != expected:
            raise Stale(f"You changed version {expected}; the page has version {row.version} by now.")
        return row

    def _touch(self, row: Page) -> None:
        row.version += 1
        row.updated = now()
        self._session.flush()

    def _changed(self, event: Event, actor: str | None) -> None:
        # What pages show of each other, breadcrumbs and navigation, is cached by this version.
        bump(self._session, VERSION)
        self._events.emit(event, actor=actor)

    def _check(self, values: Mapping[str, Any], *, keep: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        errors = check_fields(values)
        checked = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        if "label" in checked:
            checked["label"] = checked["label"] or None
        if "blocks" in values:
            try:
                blocks = check_blocks(values["blocks"], self._kinds, keep=keep)
                errors.extend(missing_images(self._files, blocks, keep))
                checked["blocks"] = blocks
            except Invalid as error:
                errors.extend(error.errors)
        if errors:
            raise Invalid(errors=errors)
        return checked


def _state(row: Page) -> PageState:
    return PageState(
        id=row.id,
        path=row.path,
        title=row.title,
        summary=row.summary,
        blocks=tuple(row.blocks),
        label=row.label,
        position=row.position,
        published=row.published,
        ask_to_sign_in=row.ask_to_sign_in,
        author=row.author_id,
        version=row.version,
        created=row.created,
        updated=row.updated,
        published_at=row.published_at,
    )


def pages_factory(context: object, request: Request) -> Pages:  # the shape of a service factory
    """Return the pages of the request's tenant."""
    return SQLPages(
        request.db,
        request.find_service(Events),
        request.find_service(Files),
        kinds=blocks_of(request.registry),
        reserved=lambda name: is_reserved(request.registry, name),
    )
