"""Entries as JSON with what they link to in the place of its id, the policy asked at each hop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.collections.entries.shapes import entry_text, entry_values
from insula.collections.interfaces.entries import Entry, Stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import SYSTEM_MEMBERS, Collection
from insula.collections.queries.grammar import UNREADABLE
from insula.collections.queries.terms import unknown
from insula.collections.schemas.check import MOST_UNKNOWN
from insula.kit.errors import FieldError, Invalid, Malformed
from insula.kit.json import dumps

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collections
    from insula.collections.queries.sight import Sight
    from insula.collections.settings import CollectionsSettings

Tree = dict[str, Any]
"""Which links are followed, and from there which: `{"country": {"capital": {}}}`."""
Row = dict[str, Any]
Fetch = Callable[[Collection, Stage, Sequence[UUID]], Iterable[Entry]]
"""Returns those of some entries that whoever asks may view."""


@dataclass
class Expansion:
    """Follows links from one answer, and counts what it brings in: an entry as often as it is written out."""

    collections: Collections
    sight: Sight
    fetch: Fetch
    limits: CollectionsSettings
    followed: int = 0
    size: int = 0
    """Bytes of the documents brought in."""

    def texts(self, info: Collection, question: Question, entries: Sequence[Entry]) -> list[bytes]:
        """Return each entry as JSON text, with the fields chosen and the links followed."""
        readable = self.sight.fields(info)
        known = readable | set(SYSTEM_MEMBERS)
        wrong = islice((name for name in question.fields if name not in known), MOST_UNKNOWN)
        errors = [unknown("fields", name, readable) for name in wrong]
        tree = self._tree(info, question, errors)
        if not tree and not question.fields:
            return [entry_text(entry, info, readable) for entry in entries]
        rows = [dict(entry_values(entry, info, readable)) for entry in entries]
        self._follow(info, question.stage, [(row, 1) for row in rows], tree)
        chosen = question.fields and {"id", *question.fields, *tree}
        if chosen:
            rows = [{name: value for name, value in row.items() if name in chosen} for row in rows]
        return [dumps(row) for row in rows]

    def _tree(self, info: Collection, question: Question, errors: list[FieldError]) -> Tree:
        tree: Tree = {}
        for path in question.expand:
            names = path.split(".")
            if len(names) > self.limits.expand_depth:
                detail = f"At most {self.limits.expand_depth} links are followed, one after the other."
                errors.append(FieldError("expand", detail))
                continue
            here, place = tree, info
            for name in names:
                target = self._target(place, name)
                if target is None:
                    errors.append(FieldError("expand", f"There is no link {path}."))
                    break
                here, place = here.setdefault(name, {}), target
        if errors:
            raise Malformed(UNREADABLE, errors=errors)
        return tree

    def _target(self, info: Collection, name: str) -> Collection | None:
        field = info.fields.get(name)
        if field is None or "link" not in (field.type, field.items) or name not in self.sight.fields(info):
            return None
        target = self.collections.find(field.collection or "")
        return target if self.sight.sees(target) else None

    def _follow(self, info: Collection, stage: Stage, rows: Sequence[tuple[Row, int]], tree: Tree) -> None:
        """Follow the links of some rows, each of which stands in so many places of the answer."""
        for name, further in tree.items():
            target = self._target(info, name)
            if target is None:
                continue
            # Found once, an entry is written out in every place that leads to it.
            places: Counter[str] = Counter()
            for row, times in rows:
                for each in _ids(row.get(name)):
                    places[each] += times
            self.followed += places.total()
            self._refuse_above(self.followed, self.limits.expand_most, "entries")
            found = self._rows(target, stage, places)
            self._follow(target, stage, [(row, places[each]) for each, row in found.items()], further)
            for row, _ in rows:
                row[name] = _replaced(row.get(name), found)

    def _refuse_above(self, number: int, most: int, what: str) -> None:
        if number > most:
            detail = f"More than {most:,} {what} would be brought in. Ask for a shorter list, or follow fewer links."
            raise Invalid(errors=[FieldError("expand", detail)])

    def _rows(self, info: Collection, stage: Stage, places: Mapping[str, int]) -> Mapping[str, Row]:
        ids = list(places)
        if not ids:
            return {}
        # An entry of a collection without drafts is live, whoever looks.
        there = Stage.DRAFT if stage is not Stage.LIVE and info.document.drafts else Stage.LIVE
        readable = self.sight.fields(info)
        rows = {}
        for entry in self.fetch(info, there, [UUID(each) for each in ids]):
            self.size += len(entry.text) * places[str(entry.id)]
            self._refuse_above(self.size, self.limits.expand_bytes, "bytes")
            rows[str(entry.id)] = dict(entry_values(entry, info, readable))
        return rows


def _ids(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each


def _replaced(value: Any, found: Mapping[str, Row]) -> Any:
    """Return the entries in the place of their ids; what may not be viewed stays an id, as what is gone does."""
    if isinstance(value, list):
        return [_replaced(each, found) for each in value]
    return found.get(value, value) if isinstance(value, str) else value
