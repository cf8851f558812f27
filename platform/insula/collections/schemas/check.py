"""Entries checked against their collection: what is stored of them, the keys they are found by, and where they lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson

from insula.collections.interfaces.schemas import SYSTEM_MEMBERS, Collection
from insula.collections.schemas.fields import CheckedField, Misfit
from insula.collections.schemas.keys import LONGEST, LONGEST_TOGETHER, NULL, keyed
from insula.kit.errors import FieldError, Invalid
from insula.kit.words import meant

TAKEN = "Another entry has this value already."
"""What is said of a value that has to be unique and is not."""

MOST_BYTES = 1 << 20
"""Bytes of an entry: a page holds hundreds of them in memory."""

MOST_UNKNOWN = 20
"""Names that are no fields, of which an error tells in one entry; each is compared with those that are."""

_NOTHING: Mapping[str, Any] = {}


class Key(NamedTuple):
    """One row of `entry_value`, less the entry that it belongs to."""

    field: str
    position: int
    key: str
    taken: bool
    """Whether no other entry of the stage may have this key."""


class Link(NamedTuple):
    """What an entry leads to: an entry of another collection, or a file where there is no collection."""

    field: str
    path: str
    collection: str | None
    id: UUID
    on_delete: Literal["restrict", "clear", "delete"]


class Checked(NamedTuple):
    """An entry that fits: every field with its value, null where there is none."""

    values: Mapping[str, Any]
    text: str
    keys: Sequence[Key]
    links: Sequence[Link]


class Checker:
    """The fields of one collection in force, compiled."""

    def __init__(self, collection: Collection) -> None:
        document = collection.document
        together = {name for names in document.indexes for name in names}
        self._collection = collection
        self.fields = {
            field.name: CheckedField(field, _longest(field.name, together, collection))
            for field in document.fields
        }
        self._indexes = [
            (name, keyed(fields), len(fields) == 1 and fields[0].unique)
            for name, fields in collection.indexes.items()
        ]
        self._referring = [field for field in document.fields if {field.type, field.items} & {"link", "file"}]

    def check(self, values: Mapping[str, Any], stored: Mapping[str, Any] | None = None) -> Checked:
        """Return an entry with these values, over those that are stored; raises Invalid with every wrong place."""
        unknown = (name for name in values if name not in self.fields)
        wrong = [self._unknown(name) for name in islice(unknown, MOST_UNKNOWN)]
        before = _NOTHING if stored is None else self._collection.of_today(stored)
        found = self._values(values, before, wrong)
        if wrong:
            raise Invalid(errors=wrong)
        made = self._checked(found, frozenset())
        # No character has more than four bytes.
        if len(made.text) > MOST_BYTES // 4 and len(made.text.encode()) > MOST_BYTES:
            raise Invalid(errors=[FieldError("", f"An entry has at most {MOST_BYTES:,} bytes as JSON.")])
        return made

    def rewrite(self, stored: Mapping[str, Any]) -> tuple[Checked, Sequence[FieldError]]:
        """Return a stored entry as the collection has it today; what cannot be made to fit stays, and is named."""
        wrong: list[FieldError] = []
        stored = self._collection.of_today(stored)
        found = self._values(_NOTHING, stored, wrong)
        misfits = frozenset(error.path.partition(".")[0] for error in wrong)
        for name in misfits:
            found[name] = stored.get(name)
        return self._checked(found, misfits), wrong

    def _values(
        self, given: Mapping[str, Any], stored: Mapping[str, Any], wrong: list[FieldError]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.fields.items():
            try:
                if name in given:
                    found[name] = field.read(given[name])
                elif name in stored:
                    found[name] = field.convert(stored[name])
                else:
                    found[name] = field.read(field.field.default)
            except Misfit as misfit:
                wrong += [FieldError(f"{name}{error.path}", error.detail) for error in misfit.errors]
        return found

    def _checked(self, values: dict[str, Any], misfits: frozenset[str]) -> Checked:
        try:
            text = orjson.dumps(values).decode()
        except TypeError as error:
            raise Invalid(f"The entry cannot be stored: {error}.") from error
        sound = {name: value for name, value in values.items() if name not in misfits} if misfits else values
        return Checked(values, text, self._keys(sound), self._links(sound))

    def _keys(self, values: Mapping[str, Any]) -> list[Key]:
        return [
            Key(name, position, key, unique and key != NULL)
            for name, keys, unique in self._indexes
            for position, key in enumerate(keys(values))
        ]

    def _links(self, values: Mapping[str, Any]) -> list[Link]:
        found: list[Link] = []
        for field in self._referring:
            value = values.get(field.name)
            if value is None:
                continue
            places: Iterable[tuple[str, str]] = ((field.name, value),)
            if field.type == "list":
                places = ((f"{field.name}.{index}", item) for index, item in enumerate(value))
            target = field.collection if "link" in (field.type, field.items) else None
            found += (Link(field.name, path, target, UUID(item), field.on_delete) for path, item in places)
        return found

    def _unknown(self, name: str) -> FieldError:
        if name in SYSTEM_MEMBERS:
            return FieldError(name, "This is kept by the system. Leave it out.")
        return no_field(name, self.fields)


def no_field(name: str, known: Iterable[str]) -> FieldError:
    """Return the error of a name that is no field, with the one that it may have been meant as."""
    near = meant(name, known)
    return FieldError(name, f"There is no such field.{f' Did you mean {near}?' if near else ''}")


def checker_of(collection: Collection) -> Checker:
    """Return the compiled fields of a collection, compiled once for each version."""
    found: Checker | None = collection.kept.get(Checker)
    if found is None:
        found = collection.kept[Checker] = Checker(collection)
    return found


def checked(
    collection: Collection, values: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> Checked:
    """Return an entry with these values, over those that are stored; raises Invalid with every wrong place.

    Without `stored` it is a new entry, and fields that are left out have their defaults.
    """
    return checker_of(collection).check(values, stored)


def _longest(name: str, together: set[str], collection: Collection) -> int | None:
    if name in together:
        return LONGEST_TOGETHER
    return LONGEST if name in collection.indexes else None
