"""What whoever asks may see: the one place where queries meet the policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import true

from insula.collections.interfaces.entries import Entry
from insula.collections.interfaces.schemas import Collection
from insula.security.interfaces import RowFilter

_ALL = RowFilter(true(), exact=True)


class Sight(Protocol):
    """The entries and fields that somebody may view."""

    def rows(self, info: Collection, row: Any) -> RowFilter:
        """Return the condition on the rows of `row`, the table of entries or an alias of it."""

    def shown(self, info: Collection, entries: Iterable[Entry]) -> list[Entry]:
        """Return those that may be viewed, each decided by itself; for where the condition was not exact."""

    def fields(self, info: Collection) -> frozenset[str]:
        """Return the names of the fields that may be viewed."""


class EverySight:
    """Sees all of a tenant's entries: the command line, and work that nobody asks for."""

    def rows(self, info: Collection, row: Any) -> RowFilter:  # the promise's
        """Leave nothing out."""
        return _ALL

    def shown(self, info: Collection, entries: Iterable[Entry]) -> list[Entry]:  # the promise's
        """Leave nothing out."""
        return list(entries)

    def fields(self, info: Collection) -> frozenset[str]:
        """Leave nothing out."""
        return frozenset(info.fields)
