"""Pages as rules see them, for lists that show only what may be viewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, or_

from insula.security.interfaces import Attribute, RowFilter, RowShape
from insula.website.interfaces import Pages
from insula.website.models import Page
from insula.website.paths import prefixes

if TYPE_CHECKING:
    from insula.website.interfaces import PageState
    from insula.website.resources import PageTree

_NOBODY = UUID(int=0)


def viewable(request: Any, above: object) -> RowFilter:
    """Return the condition of the pages that whoever asks may view."""
    found: RowFilter = request.row_filter("view", above, _shape(request.db.dialect.name))
    return found


def decided(
    request: Any, tree: PageTree, found: Sequence[PageState], allowed: RowFilter
) -> Sequence[PageState]:
    """Return those of the pages found that may be viewed; each is asked about where the condition was not exact."""
    if allowed.exact:
        return found
    pages: Pages = request.find_service(Pages)
    above = pages.by_paths({path for page in found for path in prefixes(page.path.split("/")[1:])[:-1]})
    return [page for page in found if request.may("view", tree.node_of(page, above))]


def _shape(dialect: str) -> RowShape:
    return RowShape(
        dialect,
        "Page",
        Page.path,
        {
            "published": Attribute("Bool", Page.published),
            "path": Attribute("String", Page.path),
            "author": Attribute("Account", Page.author_id, bind=_account),
        },
        within=_within,
    )


def _account(text: str) -> UUID:
    """Return the id that rules write as text; what is none is nobody's."""
    try:
        return UUID(text)
    except ValueError:
        return _NOBODY


def _within(uid: tuple[str, str]) -> Any:
    """Return whether a page is this one or lies below it: a range of paths by code point, as the column sorts."""
    type_, path = uid
    if type_ != "Page":
        return False
    return or_(Page.path == path, and_(Page.path > f"{path}/", Page.path < f"{path}0"))
