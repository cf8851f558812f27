"""What whoever sends a request may do with entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import true

from insula.collections.access.rules import entry_entity, readable_fields, row_shape, writable_fields
from insula.collections.interfaces.entries import Entry, EntryVersion
from insula.collections.interfaces.schemas import Collection
from insula.collections.models import EntryRow
from insula.kit.errors import NotFound
from insula.security.interfaces import NO_ROW, RowFilter, hidden, refused_by

if TYPE_CHECKING:
    from insula.tree.interfaces import PolicyEntity

_FEW: Final = 5


class RequestPermit:
    """Asks the policy as the request does; `place_of` returns the node that the entries of a collection lie in.

    `decided` is the entry that the view was found by: the policy was asked before the view ran whether it may be
    viewed, and whether it allows the act. Any other is asked for both here: what may not be viewed is not there.
    """

    def __init__(
        self, request: Any, place_of: Callable[[Collection], Any], *, decided: Entry | None = None
    ) -> None:
        self._request = request
        self._place_of = place_of
        self._decided = decided
        self._writable: dict[Collection, frozenset[str]] = {}
        self._seen: set[UUID] = set() if decided is None else {decided.id}

    def fields(self, collection: Collection) -> frozenset[str]:
        """Return the names of the fields that may be written."""
        found = self._writable.get(collection)
        if found is None:
            self._place(collection)
            found = self._writable[collection] = writable_fields(self._request, collection)
        return found

    def check(self, action: str, collection: Collection, entries: Sequence[Entry]) -> None:
        """Raise Refused or NotFound unless each of these allows this action."""
        place = self._place(collection)
        if len(entries) > _FEW and self._all(action, collection, place):
            return
        for entry in entries:
            if entry is not self._decided:
                self._one(action, collection, place, entry)

    def shown(self, collection: Collection, entry: Entry) -> frozenset[str]:
        """Return the names of the fields that an answer may show of an entry as an act has left it."""
        place = self._place(collection)
        seen = _every(self._rows("view", collection, place))
        if seen or self._request.may("view", _Judged(place, collection, entry)):
            return readable_fields(self._request, collection)
        return frozenset()

    def _place(self, collection: Collection) -> Any:
        place = self._place_of(collection)
        if place is None or not self._request.may("view", place):
            raise NotFound(f"There is no collection {collection.name!r}.")
        return place

    def _all(self, action: str, collection: Collection, place: Any) -> bool:
        """Tell whether all entries there could be may be viewed and allow it; raise Refused where none does."""
        asked = (action,) if action == "create" else ("view", action)
        every = True
        for each in asked:
            rows = self._rows(each, collection, place)
            if rows.where.compare(NO_ROW):
                raise NotFound if each == "view" else self._refusal(place, None)
            every = every and _every(rows)
        return every

    def _rows(self, action: str, collection: Collection, place: Any) -> RowFilter:
        dialect = self._request.db.dialect.name
        shape = row_shape(collection, dialect, EntryRow)
        rows: RowFilter = self._request.row_filter(action, place, shape)
        return rows

    def _one(self, action: str, collection: Collection, place: Any, entry: Entry) -> None:
        node = _Judged(place, collection, entry)
        if action != "create" and entry.id not in self._seen:
            if not self._request.may("view", node):
                raise NotFound
            self._seen.add(entry.id)
        decision = self._request.decide(action, node)
        if not decision.allowed:
            raise self._refusal(node, decision)

    def _refusal(self, place: Any, decision: Any) -> Exception:
        if self._request.identity is None:
            return hidden()
        return refused_by(decision)


def may_look_back(request: Any, node: Any) -> bool:
    """Tell whether whoever asks may read what the entry of a node was: those may who write it."""
    return bool(request.may("edit", node) or request.may("restore", node))


def seen_versions(request: Any, node: Any, versions: Iterable[EntryVersion]) -> list[EntryVersion]:
    """Return those versions of a node's entry that whoever asks may view, each judged by what it said itself."""
    place, info, entry = node.__parent__, node.info, node.entry
    return [
        each
        for each in versions
        if each.text == entry.text
        or request.may("view", _Judged(place, info, replace(entry, version=each.version, text=each.text)))
    ]


def _every(rows: RowFilter) -> bool:
    """Tell whether a filter leaves no row out."""
    return bool(rows.exact and rows.where.compare(true()))


class _Judged:
    """An entry as it is or as it would become, at its place in the tree."""

    def __init__(self, parent: Any, collection: Collection, entry: Entry) -> None:
        self.__parent__ = parent
        self.__name__ = str(entry.id)
        self._collection = collection
        self._entry = entry

    def policy_entity(self) -> PolicyEntity:
        return entry_entity(self._collection, self._entry)
