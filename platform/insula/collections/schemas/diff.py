"""The difference between two documents of a collection: in words, and in what has to be looked at and rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from insula.collections.interfaces.schemas import Collection, CollectionDocument, FieldDocument, is_indexed
from insula.kit.errors import FieldError

# What of a field may be changed without any value of it becoming wrong.
_HARMLESS: Final = frozenset({"name", "was", "title", "help", "default", "searchable", "on_delete"})
# What is kept of the values of a field in other form when one of these changes.
_FORM: Final = frozenset({"name", "type", "items", "scale", "searchable"})
_REFERRING: Final = frozenset({"link", "file"})
_LONGEST: Final = 80

IndexForm = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """What is otherwise in `after` than in `before`."""

    before: CollectionDocument
    after: CollectionDocument

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """The names in `before` of fields that have another one in `after`, by the latter."""
        known = _fields(self.before)
        return {
            field.name: field.was
            for field in self.after.fields
            if field.was in known and field.name not in known
        }

    @cached_property
    def added(self) -> Mapping[str, FieldDocument]:
        """Fields that are new."""
        known = {*_fields(self.before), *self.renamed}
        return {name: field for name, field in _fields(self.after).items() if name not in known}

    @cached_property
    def removed(self) -> Mapping[str, FieldDocument]:
        """Fields that are no more."""
        known = {*_fields(self.after), *self.renamed.values()}
        return {name: field for name, field in _fields(self.before).items() if name not in known}

    @cached_property
    def changed(self) -> Mapping[str, Sequence[str]]:
        """Which members of which fields are otherwise, by the names in `after`."""
        before = _fields(self.before)
        found = {
            name: _members(before[self.renamed.get(name, name)], field)
            for name, field in _fields(self.after).items()
            if name not in self.added
        }
        return {name: members for name, members in found.items() if members}

    @cached_property
    def itself(self) -> Sequence[str]:
        """Which members of the collection itself are otherwise, its fields and indexes left out."""
        return [
            name
            for name in type(self.after).model_fields
            if name not in ("fields", "indexes") and getattr(self.before, name) != getattr(self.after, name)
        ]

    @cached_property
    def building(self) -> Sequence[str]:
        """Names of indexes whose keys have to be made anew."""
        known = _indexes(self.before)
        return [name for name, form in _indexes(self.after).items() if known.get(name) != form]

    @cached_property
    def dropped(self) -> Sequence[str]:
        """Names of indexes that are no more."""
        known = _indexes(self.after)
        return [name for name in _indexes(self.before) if name not in known]

    @cached_property
    def to_check(self) -> frozenset[str]:
        """Fields whose stored values may not fit any more, unique ones included."""
        together = {name for names in self.after.indexes for name in names}
        newly = together - {name for names in self.before.indexes for name in names}
        touched = {name for name, members in self.changed.items() if set(members) - _HARMLESS}
        return frozenset(touched | (newly - set(self.added)))

    @property
    def rewrites(self) -> bool:
        """Whether entries have to be rewritten."""
        forms = any(set(members) & _FORM for members in self.changed.values())
        return bool(self.added or self.removed or forms or self.building or self.dropped)

    @property
    def anything(self) -> bool:
        """Whether there is a difference at all, the order of fields included."""
        return self.before != self.after

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that is new, otherwise or gone."""
        return tuple(sorted({*self.added, *self.removed, *self.changed, *self.renamed.values()}))

    def said(self, field: FieldDocument) -> str:
        """Return what is otherwise in a field of `after`, in words."""
        was, members = self.renamed.get(field.name), self.changed[field.name]
        if was is not None:
            members = [name for name in members if name not in ("name", "was")]
        old = _fields(self.before)[was or field.name]
        told = (f"{name}: {_value(getattr(old, name))} → {_value(getattr(field, name))}" for name in members)
        renamed = [] if was is None else [f"Renamed from {was}; its values are kept."]
        return " ".join([*renamed, *filter(None, ["; ".join(told)])])

    def flaws(self, entries: int) -> Iterator[FieldError]:
        """Yield what no plan can bring about, where there are so many entries."""
        if self.after.singleton and entries > 1:
            yield FieldError("singleton", f"There are {entries:,} entries; a singleton has one.")
        if "drafts" in self.itself and entries:
            yield FieldError("drafts", "This stays as it is while there are entries.")
        before = _fields(self.before)
        for index, field in enumerate(self.after.fields):
            old = before.get(self.renamed.get(field.name, field.name))
            if (
                entries
                and old is not None
                and _refers(field)
                and (_kind(old), old.collection) != _target(field)
            ):
                detail = "What leads elsewhere needs a field of its own: values cannot be made to lead there."
                yield FieldError(f"fields.{index}.type", detail)


def renames_after(collection: Collection, difference: Difference) -> list[list[str]]:
    """Return the former names of the fields that there are once a collection is changed, as `Collection.renames`."""
    known = zip(collection.renames, collection.former, strict=True)
    kept = [list(step) for step, (_, names) in known if names[-1] not in difference.removed]
    return kept + [[was, name] for name, was in difference.renamed.items()]


def said_itself(difference: Difference, name: str) -> str:
    """Return what is otherwise in the collection itself, in words."""
    return f"{name}: {_value(getattr(difference.before, name))} → {_value(getattr(difference.after, name))}"


def _fields(document: CollectionDocument) -> dict[str, FieldDocument]:
    return {field.name: field for field in document.fields}


def _members(field: FieldDocument, other: FieldDocument) -> list[str]:
    return [name for name in type(field).model_fields if getattr(field, name) != getattr(other, name)]


def _indexes(document: CollectionDocument) -> dict[str, IndexForm]:
    fields = _fields(document)
    single = {name: (_form(field), field.unique) for name, field in fields.items() if is_indexed(field)}
    return single | {
        "+".join(names): tuple(_form(fields[name]) for name in names) for names in document.indexes
    }


def _form(field: FieldDocument) -> tuple[Any, ...]:
    return (field.type, field.items, field.scale)


def _kind(field: FieldDocument) -> str | None:
    return field.items if field.type == "list" else field.type


def _refers(field: FieldDocument) -> bool:
    return _kind(field) in _REFERRING


def _target(field: FieldDocument) -> tuple[str | None, str | None]:
    return _kind(field), field.collection


def _value(value: Any) -> str:
    if value in (None, "", ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
