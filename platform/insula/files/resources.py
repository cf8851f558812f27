"""Files in the tree: below `/files` as visitors read them, below the administration, and below the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.files.interfaces import FileInfo, Files
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileNode(Node):
    """One file, by its id."""

    def __init__(self, request: Any, parent: Any, info: FileInfo) -> None:
        super().__init__(request, parent, str(info.id))
        self.info = info

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.info.name

    def policy_entity(self) -> PolicyEntity:
        """Return the file with what rules may ask of it."""
        return file_entity(self.info)


class NamedFile(FileNode):
    """A file at the address that ends with its name, whatever that was when the address was written down."""

    def __init__(self, parent: FileNode, name: str) -> None:
        super().__init__(parent.request, parent.__parent__, parent.info)
        self.given = name


class SiteFile(FileNode):
    """A file as visitors reach it."""

    def __getitem__(self, name: str) -> NamedFile:
        return NamedFile(self, name)


class FileScreen(FileNode):
    """A file as screens."""


class FileItem(FileNode):
    """A file as JSON."""

    api_address = "/api/files/{id}"
    api_type = "File"


class FilesNode(Node):
    """The files of the tenant of this request."""

    title = "Files"
    child: type[FileNode]

    def node_of(self, info: FileInfo) -> FileNode:
        """Return the node of a file that is at hand already."""
        return self.child(self.request, self, info)

    def new(self, *, media_type: str, size: int, public: bool) -> NewFile:
        """Return a file that there is not yet, for the policy to be asked about."""
        return NewFile(self, media_type=media_type, size=size, public=public)

    def __getitem__(self, name: str) -> FileNode:
        try:
            file_id = UUID(name)
            # Every file has one address.
            if str(file_id) != name:
                raise KeyError(name)
            return self.node_of(self.request.find_service(Files).find(file_id))
        except (ValueError, NotFound):
            raise KeyError(name) from None


class SiteFiles(FilesNode):
    """The files as visitors reach them: `/files/ID/NAME`."""

    child = SiteFile


class FilesPanel(FilesNode):
    """The files as screens."""

    child = FileScreen


class FilesAPI(FilesNode):
    """The files as JSON."""

    child = FileItem


class NewFile(Node):
    """A file that there is not: what the policy is asked before one is taken in. No view belongs to it."""

    def __init__(self, parent: FilesNode, *, media_type: str, size: int, public: bool) -> None:
        super().__init__(parent.request, parent, "new")
        self._facts = {"media_type": media_type, "size": size, "public": public}

    def policy_entity(self) -> PolicyEntity:
        """Return the file as rules would see it."""
        who = self.request.identity
        author = {} if who is None else {"author": who.account_id}
        return PolicyEntity("File", "new", {**self._facts, **author})


def file_entity(info: FileInfo) -> PolicyEntity:
    """Return a file as rules see it."""
    facts: dict[str, object] = {"public": info.public, "media_type": info.media_type, "size": info.size}
    author: Mapping[str, object] = {} if info.author_id is None else {"author": info.author_id}
    return PolicyEntity("File", str(info.id), {**facts, **author})
