"""What whoever asks may see: the one place where queries meet the policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import true

from insula.collections.access.rules import (
    COLLECTIONS,
    collection_entity,
    entry_entity,
    readable_fields,
    row_shape,
)
from insula.collections.interfaces.entries import Entry
from insula.collections.interfaces.schemas import Collection
from insula.security.interfaces import RowFilter
from insula.tree.interfaces import PolicyEntity

_ALL = RowFilter(true(), exact=True)


class Sight(Protocol):
    """The collections, entries and fields that somebody may view."""

    def sees(self, info: Collection) -> bool:
        """Tell whether the collection itself may be viewed."""

    def rows(self, info: Collection, row: Any) -> RowFilter:
        """Return the condition on the rows whose columns `row` has by name."""

    def shown(self, info: Collection, entries: Iterable[Entry]) -> list[Entry]:
        """Return those that may be viewed, each decided by itself; for where the condition was not exact."""

    def fields(self, info: Collection) -> frozenset[str]:
        """Return the names of the fields that may be viewed."""


class EverySight:
    """Sees all of a tenant's entries: the command line, and work that nobody asks for."""

    def sees(self, info: Collection) -> bool:  # the promise's
        """Leave nothing out."""
        return True

    def rows(self, info: Collection, row: Any) -> RowFilter:  # the promise's
        """Leave nothing out."""
        return _ALL

    def shown(self, info: Collection, entries: Iterable[Entry]) -> list[Entry]:  # the promise's
        """Leave nothing out."""
        return list(entries)

    def fields(self, info: Collection) -> frozenset[str]:
        """Leave nothing out."""
        return frozenset(info.fields)


class CallerSight:
    """Sees what the policy lets whoever asks view, through the door by which they came."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._above = _door(getattr(request, "context", None))

    def sees(self, info: Collection) -> bool:
        """Ask the policy about the collection."""
        return bool(self._request.may("view", self._place(info)))

    def rows(self, info: Collection, row: Any) -> RowFilter:
        """Ask the policy with the row left open."""
        return self._rows("view", info, row)

    def shown(self, info: Collection, entries: Iterable[Entry]) -> list[Entry]:
        """Ask the policy about each."""
        return self._allowed("view", info, entries)

    def fields(self, info: Collection) -> frozenset[str]:
        """Ask the policy about the fields, once for each caller and version."""
        return readable_fields(self._request, info)

    def _rows(self, action: str, info: Collection, row: Any) -> RowFilter:
        dialect = self._request.db.dialect.name
        found: RowFilter = self._request.row_filter(action, self._place(info), row_shape(info, dialect, row))
        return found

    def _allowed(self, action: str, info: Collection, entries: Iterable[Entry]) -> list[Entry]:
        place, may = self._place(info), self._request.may
        return [each for each in entries if may(action, Place(entry_entity(info, each), place))]

    def _place(self, info: Collection) -> Place:
        return Place(collection_entity(info), self._above)


class Place:
    """Something as the policy is asked about it, and what it lies in."""

    def __init__(self, entity: PolicyEntity, parent: Any = None) -> None:
        self._entity = entity
        self.__parent__ = parent

    def policy_entity(self) -> PolicyEntity:
        """Return how the policy sees it."""
        return self._entity


def _door(context: Any) -> Any:
    """Return the node of all collections above what was asked for; elsewhere entries lie in no door."""
    node = context
    while node is not None:
        describe = getattr(type(node), "policy_entity", None)
        if describe is not None and describe(node) == COLLECTIONS:
            return node
        node = getattr(node, "__parent__", None)
    return Place(COLLECTIONS)
