"""Where entries lead: that it exists, and what becomes of an entry when what it leads to is thrown away."""

from __future__ import annotations

from collections.abc import Collection as Collected
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from insula.collections.entries.store import EntryStore
from insula.collections.interfaces.schemas import Collection, Collections, FieldDocument
from insula.collections.schemas.check import Link
from insula.files.interfaces import Files
from insula.kit.errors import Conflict, FieldError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING: Final = "There is no such {}. Use the id of one that there is."


class Affected(NamedTuple):
    """Entries that lead to some that go, by one field, and what its collection says of that."""

    collection: Collection
    field: FieldDocument
    ids: Sequence[UUID]


class Links:
    """The links between the entries of one tenant."""

    def __init__(
        self, store: EntryStore, collections: Collections, files: Callable[[], Files], *, most: int
    ) -> None:
        self._store = store
        self._collections = collections
        self._files = files
        self._most = most

    def broken(self, links: Iterable[tuple[Any, Link]]) -> Iterator[tuple[Any, FieldError]]:
        """Yield an error for each link that leads nowhere, with the mark it came with; the others hold from here on."""
        wanted: dict[str | None, dict[UUID, None]] = {}
        listed = list(links)
        for _, link in listed:
            wanted.setdefault(link.collection, {})[link.id] = None
        there = {collection: self._there(collection, ids) for collection, ids in wanted.items()}
        for mark, link in listed:
            if link.id not in there[link.collection]:
                detail = MISSING.format("file" if link.collection is None else "entry")
                yield mark, FieldError(link.path, detail)

    def affected(self, info: Collection, ids: Sequence[UUID]) -> list[Affected]:
        """Return what leads to entries that are to go; raises Conflict where there is too much of it."""
        found = []
        for collection in self._collections.all():
            for field in collection.document.fields:
                if field.collection != info.name or "link" not in (field.type, field.items):
                    continue
                if field.name in collection.moving:
                    # Not all entries that lead here have the name yet by which they are found.
                    raise Conflict(
                        "The schema of what may lead here is being changed. Try again when it is through."
                    )
                leading = self._store.linking(collection, field.name, ids, most=self._most + 1)
                if len(leading) > self._most:
                    # Not of which collection: not all who throw something away may know of it.
                    raise Conflict(f"More than {self._most:,} entries lead here. Change some of them first.")
                if leading:
                    found.append(Affected(collection, field, leading))
        return found

    def refuse_many(self, going: Collected[UUID], released: Iterable[tuple[Affected, Any]]) -> None:
        """Raise Conflict where more goes along with one entry, or loses a link to it, than one act may do."""
        clearing = {each for affected, _ in released for each in affected.ids}
        if len(clearing.union(going)) > self._most + 1:
            raise Conflict(
                f"More than {self._most:,} entries would go or change along. Change some of them first."
            )

    def _there(self, collection: str | None, ids: Iterable[UUID]) -> set[UUID] | frozenset[UUID]:
        if collection is None:
            return self._files().hold(ids)
        try:
            return self._store.present(self._collections.find(collection), ids)
        except NotFound:
            return frozenset()


def without(field: FieldDocument, value: Any, gone: Iterable[UUID]) -> Any:
    """Return the value of a link, or of a list of them, that leads to none of these any more."""
    lost = {str(each) for each in gone}
    if field.type == "list":
        return [each for each in value or () if each not in lost]
    return None if value in lost else value
