"""Collections in the administration: `/admin/collections/airports/ID`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.collections.access.rules import COLLECTIONS, collection_entity, entry_entity
from insula.collections.interfaces.entries import Entries, Stage, working_stage
from insula.collections.interfaces.schemas import Collections
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node

if TYPE_CHECKING:
    from insula.collections.interfaces.entries import Entry
    from insula.collections.interfaces.schemas import Collection
    from insula.tree.interfaces import PolicyEntity


class CollectionsPanel(Node):
    """All collections."""

    title = "Collections"
    url = "/admin/collections"

    def __init__(self, request: Any, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        # Rules let viewers view collections wherever they are; the administration is for those who may view that.
        if not request.may("view", parent):
            raise KeyError(name)

    def __getitem__(self, name: str) -> CollectionPanel:
        try:
            info = self.request.find_service(Collections).find(name)
        except NotFound as error:
            raise KeyError(name) from error
        return CollectionPanel(self.request, self, name, info)

    def policy_entity(self) -> PolicyEntity:
        """Return the area that collections lie in."""
        return COLLECTIONS


class CollectionPanel(Node):
    """One collection and its entries."""

    def __init__(self, request: Any, parent: CollectionsPanel, name: str, info: Collection) -> None:
        super().__init__(request, parent, name)
        self.info = info

    @property
    def title(self) -> str:
        """Return what breadcrumbs call it."""
        return self.info.document.title

    @property
    def url(self) -> str:
        """Return its address."""
        return f"{self.__parent__.url}/{self.info.name}"

    def policy_entity(self) -> PolicyEntity:
        """Return how rules see the collection."""
        return collection_entity(self.info)

    def __getitem__(self, name: str) -> EntryPanel:
        try:
            entry_id = UUID(name)
        except ValueError as error:
            raise KeyError(name) from error
        if str(entry_id) != name:  # every entry has one address
            raise KeyError(name)
        # Whoever may not view the collection finds none of its entries; what is done to one begins with viewing it.
        if not self.request.may("view", self):
            raise KeyError(name)
        entries: Entries = self.request.find_service(Entries)
        for stage in (working_stage(self.info), Stage.TRASH):
            try:
                node = self.node_of(entries.find(self.info.name, entry_id, stage))
            except NotFound:
                continue
            if self.request.may("view", node):
                return node
            break
        raise KeyError(name)

    def node_of(self, entry: Entry) -> EntryPanel:
        """Return the node of an entry that was found already."""
        return EntryPanel(self.request, self, str(entry.id), entry)


class EntryPanel(Node):
    """One entry, as people work on it, or in the trash."""

    __parent__: CollectionPanel

    def __init__(self, request: Any, parent: CollectionPanel, name: str, entry: Entry) -> None:
        super().__init__(request, parent, name)
        self.entry = entry

    @property
    def info(self) -> Collection:
        """Return its collection."""
        return self.__parent__.info

    @property
    def title(self) -> str:
        """Return what breadcrumbs call it."""
        return "Entry"

    @property
    def url(self) -> str:
        """Return its address."""
        return f"{self.__parent__.url}/{self.entry.id}"

    @property
    def trashed(self) -> bool:
        """Say whether it lies in the trash."""
        return self.entry.stage is Stage.TRASH

    def policy_entity(self) -> PolicyEntity:
        """Return how rules see the entry."""
        return entry_entity(self.info, self.entry)

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)
