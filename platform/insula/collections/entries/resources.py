"""Entries in the API: `/api/collections/airports/entries/ID`, and the one entry of a singleton."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.collections.access.rules import entry_entity
from insula.collections.interfaces.entries import Entries, Entry, Stage, working_stage
from insula.kit.errors import FieldError, Malformed, NotFound
from insula.tree.interfaces import Node

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection
    from insula.tree.interfaces import PolicyEntity

STAGES: Final = {"live": Stage.LIVE, "draft": Stage.DRAFT, "trash": Stage.TRASH}
_OF_TRASH: Final = frozenset({"restore", "purge"})
_LONGEST_NUMBER: Final = 10
_READING: Final = frozenset({"GET", "HEAD"})


class EntriesAPI(Node):
    """The entries of one collection."""

    api_address = "/api/collections/{name}/entries"
    api_by_source = True

    def __init__(self, request: Any, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        self.info: Collection = parent.info

    def __getitem__(self, name: str) -> CollectedItem:
        return _found(self, name, _id_of(name))

    def node_of(self, entry: Entry) -> CollectedItem:
        """Return the node of an entry that was found already."""
        return CollectedItem(self, str(entry.id), entry)


class SingletonAPI(Node):
    """The place of a singleton's entry, as long as there is none."""

    api_address = "/api/collections/{name}/entry"
    api_by_source = True

    def __init__(self, request: Any, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        self.info: Collection = parent.info


class CollectedItem(Node):
    """One entry, at the stage that the request is about."""

    api_address = ("/api/collections/{name}/entries/{id}", "/api/collections/{name}/entry")
    api_by_source = True

    def __init__(self, parent: Any, name: str, entry: Entry) -> None:
        super().__init__(parent.request, parent, name)
        self.entry = entry
        self.info: Collection = parent.info

    def policy_entity(self) -> PolicyEntity:
        """Return the entry with the fields that rules read."""
        return entry_entity(self.info, self.entry)

    def __getitem__(self, name: str) -> CollectedVersionsAPI:
        if name != "versions":
            raise KeyError(name)
        return CollectedVersionsAPI(self.request, self, name)


class TrashedItem(CollectedItem):
    """One entry that is to come out of the trash, one way or the other."""


class CollectedVersionsAPI(Node):
    """What an entry was."""

    api_address = ("/api/collections/{name}/entries/{id}/versions", "/api/collections/{name}/entry/versions")
    api_by_source = True

    @property
    def item(self) -> CollectedItem:
        """The entry."""
        item: CollectedItem = self.__parent__
        return item

    def __getitem__(self, name: str) -> CollectedVersionItem:
        if not (name.isascii() and name.isdecimal() and len(name) < _LONGEST_NUMBER):
            raise KeyError(name)
        return CollectedVersionItem(self.request, self, name)


class CollectedVersionItem(Node):
    """What an entry was at one version."""

    api_address = (
        "/api/collections/{name}/entries/{id}/versions/{version}",
        "/api/collections/{name}/entry/versions/{version}",
    )
    api_by_source = True

    @property
    def item(self) -> CollectedItem:
        """The entry."""
        item: CollectedItem = self.__parent__.item
        return item


def singleton(request: Any, parent: Any, name: str) -> CollectedItem | SingletonAPI:
    """Return the one entry of a singleton, or its place where it has none at the stage asked for."""
    if not parent.info.document.singleton:
        raise KeyError(name)
    place = SingletonAPI(request, parent, name)
    try:
        return _found(place, name, parent.info.id)
    except KeyError:
        return place


def stage_of(request: Any, info: Collection) -> Stage:
    """Return which document of an entry a request is about: reading says so, writing is about what is worked on."""
    steps = [step.removeprefix("@@") for step in request.path_info.rstrip("/").split("/")]
    if request.method not in _READING:
        return Stage.TRASH if steps[-1] in _OF_TRASH else working_stage(info)
    if steps[-1] == "versions" or (steps[-2] == "versions" and steps[-1].isdecimal()):
        return working_stage(info)
    return reading_stage(request, info)


def reading_stage(request: Any, info: Collection) -> Stage:
    """Return which stage `stage=` asks for; what visitors may see where it is left out."""
    given = request.GET.get("stage", "live") if request.environ.get("QUERY_STRING") else "live"
    stage = STAGES.get(given)
    if stage is None:
        raise Malformed(
            "The parameter stage cannot be used.", errors=[FieldError("stage", "Use live, draft or trash.")]
        )
    return working_stage(info) if stage is Stage.DRAFT else stage


def _found(parent: Any, name: str, entry_id: UUID) -> CollectedItem:
    request, info = parent.request, parent.info
    entries: Entries = request.find_service(Entries)
    stage = stage_of(request, info)
    reading = request.method in _READING
    factory = TrashedItem if stage is Stage.TRASH and not reading else CollectedItem
    # Whoever may not view the collection finds none of its entries, as no list shows them any.
    if not request.may("view", parent):
        raise KeyError(name)
    try:
        item = factory(parent, name, entries.find(info.name, entry_id, stage))
    except NotFound as error:
        raise KeyError(name) from error
    # Reading asks this as it is allowed; an act asks for its own permission, and answers the entry.
    if not reading and not request.may("view", item):
        raise KeyError(name)
    return item


def _id_of(name: str) -> UUID:
    try:
        found = UUID(name)
    except ValueError as error:
        raise KeyError(name) from error
    if str(found) != name:
        raise KeyError(name)
    return found
