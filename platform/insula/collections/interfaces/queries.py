"""What may be asked of the entries of a collection, and the promise that answers as whoever asks may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from insula.collections.interfaces.entries import Entry, Stage

OPERATORS: Final = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "has", "like", "null")
"""What stands in brackets behind a field: `latitude[gt]=37`; without brackets it is `eq`."""

PARAMETERS: Final = ("q", "sort", "fields", "expand")
"""What a query may say besides its filters; the doors add their own, such as `limit`."""


@dataclass(frozen=True)
class Filter:
    """One condition on a field, with its value as it was written."""

    field: str
    op: str
    value: str


@dataclass(frozen=True)
class Question:
    """What is asked of the entries of one collection, in the one grammar of lists, counts, groups and exports.

    Names are those of fields and of SYSTEM_MEMBERS; `expand` follows links, at any hop as `country.capital`.
    """

    collection: str
    stage: Stage = Stage.LIVE
    filters: tuple[Filter, ...] = ()
    q: str = ""
    """Words that an entry has to have in its searchable fields."""
    sort: tuple[str, ...] = ()
    """`("state", "-latitude")`; empty is the order of the collection."""
    fields: tuple[str, ...] = ()
    """Empty is every field."""
    expand: tuple[str, ...] = ()


@dataclass(frozen=True)
class EntryPage:
    """Some entries in the order asked for, and the place behind the last one where there are more."""

    entries: Sequence[Entry]
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Group:
    """How many entries have the same values in the fields that were grouped by."""

    values: Mapping[str, Any]
    count: int


class Queries(Protocol):
    """Reads entries as one caller: whatever the policy hides is in no page, count, group, search or export.

    A field that the caller may not view is answered like one that does not exist: Malformed, with a path.
    """

    def page(self, question: Question, *, limit: int, after: Mapping[str, Any] | None = None) -> EntryPage:
        """Return the entries behind the place `after`; keyset, so that none is skipped or repeated.

        Where the policy decides each row, there is a limit to those that are read: the page may then hold fewer.
        """

    def count(self, question: Question, *, most: int | None = None) -> int:
        """Return how many entries there are, counted up to `most`; raises Invalid where too many have to be decided."""

    def groups(self, question: Question, by: Sequence[str], *, limit: int) -> Sequence[Group]:
        """Return how many entries there are of each, the largest groups first."""

    def each(self, question: Question) -> Iterator[Entry]:
        """Yield all entries, fetched in batches, so that any number of them needs the memory of few."""

    def texts(self, question: Question, entries: Sequence[Entry]) -> Sequence[bytes]:
        """Return each entry as JSON text, as whoever asks may see it: `fields` chosen, `expand` followed."""

    def seen(self, collection: str, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Return which of these entries the caller may view, whether published or being worked on."""

    def readable(self, collection: str) -> frozenset[str]:
        """Return the names of the fields that the caller may view."""
