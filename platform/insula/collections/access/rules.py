"""Collections, entries and fields as the policy sees them, and what whoever asks may see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from insula.collections.access.columns import entry_columns
from insula.collections.access.forms import decimal_of, moment_of
from insula.collections.access.types import SYSTEM, attributes_of, type_name
from insula.collections.interfaces.entries import Entry, Stage
from insula.kit.json import loads
from insula.security.interfaces import RowShape
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection, FieldDocument

COLLECTIONS: Final = PolicyEntity("Area", "collections")
"""What all collections lie in."""

_DECIDED: Final = "insula.collections.access.fields"
_SHAPE: Final = "insula.collections.access.shape"


def collection_entity(info: Collection) -> PolicyEntity:
    """Return a collection as the policy sees it."""
    known = {"name": info.name, "singleton": info.document.singleton}
    return PolicyEntity("Collection", info.name, known)


def entry_entity(info: Collection, entry: Entry) -> PolicyEntity:
    """Return an entry as the policy sees it: the fields that rules can read, read when they are."""
    return PolicyEntity(type_name(info.name), str(entry.id), _Values(info, entry))


def field_entity(info: Collection, field: str) -> PolicyEntity:
    """Return a field as the policy sees it."""
    return PolicyEntity("Field", f"{info.name}.{field}", {"name": field})


def row_shape(info: Collection, dialect: str, row: Any) -> RowShape:
    """Return the shape of the entries of a collection in `row`, the table of entries or its columns.

    It is kept with the collection, so `row` is to be one object for all requests.
    """
    shape: RowShape | None = info.kept.get((_SHAPE, dialect, row))
    if shape is None:
        columns = entry_columns(info, dialect, row)
        key = (info.id, info.version, info.change_id, dialect, row)
        shape = RowShape(dialect, type_name(info.name), columns.id, columns, key=key)
        info.kept[_SHAPE, dialect, row] = shape
    return shape


def readable_fields(request: Any, info: Collection) -> frozenset[str]:
    """Return the fields of a collection that whoever asks may view; to them there are no others."""
    return _fields(request, info, "view")


def writable_fields(request: Any, info: Collection) -> frozenset[str]:
    """Return the fields of a collection that whoever asks may view and edit."""
    return readable_fields(request, info) & _fields(request, info, "edit")


def _fields(request: Any, info: Collection, permission: str) -> frozenset[str]:
    decided: dict[tuple[int, str], tuple[Collection, frozenset[str]]] = vars(request).setdefault(_DECIDED, {})
    # The collection is kept with the answer, so that no other object can take its place in memory.
    key = (id(info), permission)
    if key not in decided:
        if _DECIDED not in info.kept:
            names = {f"{info.name}.{field.name}": field.name for field in info.document.fields}
            things = tuple(PolicyEntity("Field", full, {"name": name}) for full, name in names.items())
            info.kept[_DECIDED] = names, things, _Place(collection_entity(info), _Place(COLLECTIONS))
        names, things, place = info.kept[_DECIDED]
        allowed = request.may_each(permission, things, place)
        decided[key] = info, frozenset(names[full] for full in allowed)
    return decided[key][1]


@dataclass(frozen=True)
class _Place:
    """Something as the policy is asked about it; it lies in no door, so that fields are the same at all of them."""

    entity: PolicyEntity
    __parent__: _Place | None = None

    def policy_entity(self) -> PolicyEntity:
        return self.entity


class _Values(Mapping[str, Any]):
    """What rules read of an entry; its document is parsed when the first of its fields is asked for."""

    def __init__(self, info: Collection, entry: Entry) -> None:
        self._info = info
        self._entry = entry
        self._read: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        match name:
            case "published":
                return self._entry.stage is Stage.LIVE
            case "author":
                return self._entry.author_id
            case "created":
                return self._entry.created
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        known = (name for name in SYSTEM if name != "author" or self._entry.author_id is not None)
        return iter((*self._fields, *known))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def _fields(self) -> dict[str, Any]:
        if self._read is None:
            stored = self._info.of_today(loads(self._entry.text))
            kinds = attributes_of(self._info)
            self._read = {
                name: read
                for name, kind in kinds.items()
                if (read := _as_read(stored.get(name), kind.removesuffix("?"), self._info.fields[name]))
                is not None
            }
        return self._read


def _as_read(value: Any, kind: str, field: FieldDocument) -> Any:
    """Return a value as the policy takes it, or None where rules shall not see it."""
    if kind == "datetime":
        return moment_of(value, day=field.type == "date")
    if kind == "decimal":
        return decimal_of(value)
    return value
