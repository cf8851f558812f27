"""Which collections and fields there are, and where what is named lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.collections.access.rules import COLLECTIONS, collection_entity, entry_entity, field_entity
from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.schemas import Collection, Collections
from insula.kit.errors import NotFound
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from insula.collections.interfaces.entries import Entry

_API: Final = PolicyEntity("Area", "api")


def collection_names(request: Any) -> Iterable[str]:
    """Return the names of the collections."""
    return {info.name for info in request.find_service(Collections).all()}


def field_names(request: Any) -> Iterable[str]:
    """Return the names of all fields, each behind that of its collection."""
    return {
        f"{info.name}.{field.name}"
        for info in request.find_service(Collections).all()
        for field in info.document.fields
    }


def lineage_of(request: Any, type_: str, id_: str) -> Sequence[PolicyEntity]:
    """Return the lineage of a collection, of a field or of an entry, as the API has it; empty where there is none."""
    name = type_.rpartition("::")[2] if "::" in type_ else id_.partition(".")[0]
    try:
        info: Collection = request.find_service(Collections).find(name)
    except NotFound:
        return ()
    above = (collection_entity(info), COLLECTIONS, _API)
    match type_:
        case "Collection":
            return above if id_ == name else ()
        case "Field":
            field = id_.partition(".")[2]
            return (field_entity(info, field), *above[:2]) if field in info.fields else ()
    entry = _entry(request, name, id_)
    return () if entry is None else (entry_entity(info, entry), *above)


def _entry(request: Any, name: str, id_: str) -> Entry | None:
    try:
        entry_id = UUID(id_)
    except ValueError:
        return None
    for stage in (Stage.LIVE, Stage.DRAFT, Stage.TRASH):
        try:
            entry: Entry = request.find_service(Entries).find(name, entry_id, stage)
        except NotFound:
            continue
        return entry if str(entry.id) == id_ else None
    return None
