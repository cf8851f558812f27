"""Files as rules see them, for lists that show only what may be viewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.files.interfaces import FileInfo, Files
from insula.files.models import File
from insula.security.interfaces import Attribute, RowShape, account_id, viewable
from insula.security.permissions import Action

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from insula.files.resources import FilesNode


def page_of(
    node: FilesNode, *, limit: int, after: UUID | None = None, **wanted: Any
) -> tuple[Sequence[FileInfo], UUID | None]:
    """Return the next files that whoever asks may view, newest first, and behind which one the page after begins."""
    request = node.request
    allowed = request.row_filter(Action.VIEW.value, node, file_rows(request))
    # One more than asked for tells whether there is a next page.
    found = request.find_service(Files).page(allowed=allowed, after=after, limit=limit + 1, **wanted)
    here = found[:limit]
    following = here[-1].id if len(found) > limit else None
    return viewable(request, allowed, here, node.node_of), following


def file_rows(request: Any) -> RowShape:
    """Return the shape of the files of this tenant."""
    return RowShape(
        request.db.dialect.name,
        "File",
        File.id,
        {
            "public": Attribute("Bool", File.public),
            "media_type": Attribute("String", File.media_type),
            "size": Attribute("Long", File.size),
            "author": Attribute("Account", File.author_id, bind=account_id),
        },
        bind=account_id,
    )
