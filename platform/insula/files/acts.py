"""What screens and API do alike: ask the policy about a file, then call the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyramid.traversal import find_resource

from insula.files.interfaces import FileInfo, Files, FileUse
from insula.files.sniffing import UNKNOWN
from insula.kit.errors import InsulaError
from insula.security.interfaces import demand
from insula.security.permissions import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insula.files.interfaces import Stream
    from insula.files.resources import FileNode, FilesNode

_LOOKED_AT: Final = 20


def add_file(
    node: FilesNode,
    stream: Stream,
    name: str,
    *,
    media_type: str | None,
    length: int,
    public: bool = False,
    alt: str = "",
) -> FileInfo:
    """Take a file in, if the policy lets whoever asks add such a one, and make it public where it is to be."""
    request = node.request

    def judge(kind: str, size: int) -> None:
        new = node.new(media_type=kind, size=size, public=public)
        demand(request, Action.CREATE, new)
        if public:
            demand(request, Action.PUBLISH, new)

    # What its sender says is judged before it is read, what it turns out to be before it is kept.
    judge(media_type or UNKNOWN, length)
    files: Files = request.find_service(Files)
    return files.take(
        stream,
        name,
        media_type=media_type,
        public=public,
        alt=alt,
        author=None if request.identity is None else request.identity.account_id,
        length=length,
        judge=judge,
    )


def change_file(node: FileNode, changes: Mapping[str, Any], *, expected: int) -> FileInfo:
    """Change what differs of name, description and audience; the last takes leave of its own."""
    request, info = node.request, node.info
    different = {name: value for name, value in changes.items() if getattr(info, name) != value}
    if "public" in different:
        demand(request, Action.PUBLISH, node)
    if different.keys() - {"public"}:
        demand(request, Action.EDIT, node)
    files: Files = request.find_service(Files)
    return files.describe(info.id, expected=expected, **different)


def seen_uses(request: Any, info: FileInfo) -> tuple[Sequence[FileUse], int]:
    """Return where a file is used, as far as whoever asks may view that, and how many uses there are besides."""
    found = request.find_service(Files).uses([info.id]).get(info.id, ())
    seen = [use for use in found[:_LOOKED_AT] if _may_view(request, use.address)]
    return seen, len(found) - len(seen)


def _may_view(request: Any, address: str) -> bool:
    try:
        place = find_resource(request.root, address)
    except (KeyError, InsulaError):
        return False
    return bool(request.may(Action.VIEW.value, place))
