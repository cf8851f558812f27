"""Collections in the API: `/api/collections/airports`, with what other parts hang below one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.api.interfaces import APIBranch
from insula.collections.access.rules import COLLECTIONS, collection_entity
from insula.collections.interfaces.schemas import Change, Collection, Collections
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.tree.interfaces import PolicyEntity

_PARTS: Final = "insula.collections.api_parts"

Part = Callable[[Any, "CollectionItem", str], Any]


class CollectionsAPI(APIBranch):
    """All collections."""

    title = "Collections"

    def policy_entity(self) -> PolicyEntity:
        """Return the area that collections lie in."""
        return COLLECTIONS

    def __getitem__(self, name: str) -> CollectionItem:
        try:
            info = self.request.find_service(Collections).find(name)
        except NotFound as error:
            raise KeyError(name) from error
        return self.node_of(info)

    def node_of(self, info: Collection) -> CollectionItem:
        """Return the node of a collection that is at hand already."""
        return CollectionItem(self.request, self, info.name, info)


class CollectionItem(Node):
    """One collection."""

    api_address = "/api/collections/{name}"
    api_type = "Collection"

    def __init__(self, request: Any, parent: Any, name: str, info: Collection) -> None:
        super().__init__(request, parent, name)
        self.info = info

    def policy_entity(self) -> PolicyEntity:
        """Return how rules see the collection."""
        return collection_entity(self.info)

    def __getitem__(self, name: str) -> Any:
        part: Part | None = self.request.registry.get(_PARTS, {}).get(name)
        if part is None:
            raise KeyError(name)
        return part(self.request, self, name)


class ChangesAPI(Node):
    """The plans and changes of one collection."""

    api_address = "/api/collections/{name}/changes"
    api_type = "Collection"

    def __init__(self, request: Any, parent: CollectionItem, name: str) -> None:
        super().__init__(request, parent, name)
        self.info = parent.info

    def __getitem__(self, name: str) -> ChangeItem:
        try:
            change = self.request.find_service(Collections).change(UUID(name))
        except (ValueError, NotFound) as error:
            raise KeyError(name) from error
        # A change has one address, below its own collection.
        if str(change.id) != name or change.collection != self.info.name:
            raise KeyError(name)
        return ChangeItem(self.request, self, name, change)


class ChangeItem(Node):
    """One plan or change of a collection."""

    api_address = "/api/collections/{name}/changes/{id}"
    api_type = "Collection"

    def __init__(self, request: Any, parent: ChangesAPI, name: str, change: Change) -> None:
        super().__init__(request, parent, name)
        self.change = change


def add_collection_part(config: Configurator, name: str, factory: str | Part) -> None:
    """Directive: hang the resources of `factory(request, collection, name)` under `/api/collections/NAME/name`."""
    part = config.maybe_dotted(factory)

    def register() -> None:
        config.registry.setdefault(_PARTS, {})[name] = part

    config.action(("insula collection part", name), register)
