"""What other rooms may know of the website: pages and the service that keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from insula.kit.errors import FieldError
    from insula.security.interfaces import RowFilter

Block = Mapping[str, Any]


@dataclass(frozen=True)
class PageState:
    """One page as it stands; `version` counts its changes and begins at 1."""

    id: UUID
    path: str
    title: str
    summary: str
    blocks: tuple[Block, ...]
    label: str | None
    position: int | None
    published: bool
    ask_to_sign_in: bool
    author: UUID | None
    version: int
    created: datetime
    updated: datetime
    published_at: datetime | None

    @property
    def name(self) -> str:
        """Return the last segment of the path, empty for the home page."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class PageDraft:
    """What it takes to make a page; `position` places it in the navigation, None keeps it out."""

    path: str
    title: str
    summary: str = ""
    blocks: Sequence[Block] = ()
    label: str | None = None
    position: int | None = None
    ask_to_sign_in: bool = False


class Pages(Protocol):
    """The pages of the tenant whose session the service was given."""

    def by_paths(self, paths: Iterable[str]) -> Mapping[str, PageState]:
        """Return those of the paths that are pages, with one statement whatever their number."""
        ...

    def by_path(self, path: str) -> PageState:
        """Return one page, or raise `NotFound`."""
        ...

    def get(self, page_id: UUID) -> PageState:
        """Return one page by its id, or raise `NotFound`."""
        ...

    def list(
        self, *, after: str | None = None, limit: int = 100, allowed: RowFilter | None = None
    ) -> Sequence[PageState]:
        """Return pages by path, those behind `after` and within `allowed` only."""
        ...

    def navigation(self) -> Sequence[PageState]:
        """Return the published pages of the first level that have a position, in that order."""
        ...

    def create(self, draft: PageDraft, *, author: UUID | None = None, actor: str | None = None) -> PageState:
        """Make an unpublished page.

        Raises `Invalid` for a path or block that is not right, and `Conflict` where a page is already.
        """
        ...

    def flaws(self, values: Mapping[str, Any]) -> Sequence[FieldError]:
        """Return everything that is wrong with members of a new page, as far as no other page is asked."""
        ...

    def edit(
        self, page_id: UUID, changes: Mapping[str, Any], *, expected: int | None, actor: str | None = None
    ) -> PageState:
        """Change title, summary, blocks, label, position or ask_to_sign_in.

        Raises `Stale` when the page's version is not the expected one, and `Invalid` with a path to each bad field.
        """
        ...

    def publish(self, page_id: UUID, *, expected: int | None = None, actor: str | None = None) -> PageState:
        """Show the page to visitors; a page that is published stays as it is."""
        ...

    def unpublish(self, page_id: UUID, *, expected: int | None = None, actor: str | None = None) -> PageState:
        """Take the page from visitors' eyes; one that is not published stays as it is."""
        ...
