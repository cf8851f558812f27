"""Collections in the API: `/api/collections/airports`, with what other parts hang below one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from insula.api.interfaces import APIBranch
from insula.collections.access.rules import COLLECTIONS, collection_entity
from insula.collections.interfaces.schemas import Collection, Collections
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
        return CollectionItem(self.request, self, name, info)


class CollectionItem(Node):
    """One collection."""

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


def add_collection_part(config: Configurator, name: str, factory: str | Part) -> None:
    """Directive: hang the resources of `factory(request, collection, name)` under `/api/collections/NAME/name`."""
    part = config.maybe_dotted(factory)

    def register() -> None:
        config.registry.setdefault(_PARTS, {})[name] = part

    config.action(("insula collection part", name), register)
