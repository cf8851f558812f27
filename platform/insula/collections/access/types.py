"""Collections, their entries and fields, as types that rules can speak of."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from insula.collections.interfaces.schemas import Collection, Collections
from insula.security.interfaces import PolicyType

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import FieldDocument

COLLECTION: Final = PolicyType(
    "Collection",
    attributes={"name": "String", "singleton": "Bool"},
    actions=("view", "create", "edit", "publish", "delete", "restore", "manage", "export"),
    title="Collections",
)
FIELD: Final = PolicyType(
    "Field",
    attributes={"name": "String"},
    parents=("Collection",),
    actions=("view", "edit"),
    title="Fields of collections",
)
ENTRY_ACTIONS: Final = ("view", "create", "edit", "publish", "delete", "restore", "export")
SYSTEM: Final = {"author": "Account?", "published": "Bool", "created": "datetime"}
"""What rules read of every entry; a field of one of these names is not visible to them."""

MOST_PLACES: Final = 4
"""The most digits behind the point that a decimal of the policy has."""

_PLAIN: Final = {
    "text": "String",
    "choice": "String",
    "integer": "Long",
    "boolean": "Bool",
    "datetime": "datetime",
    "date": "datetime",
}


def types_of(request: Any) -> Iterator[PolicyType]:
    """Yield the type of the entries of each collection of this tenant."""
    found = request.find_service(Collections).all()
    names = {info.name for info in found}
    for info in found:
        yield entries_type(info, names)


def type_name(collection: str) -> str:
    """Return how rules call the entries of a collection."""
    return f"Entries::{collection}"


def entries_type(info: Collection, collections: Names[str]) -> PolicyType:
    """Return the type of the entries of a collection; `collections` are those that links may lead to."""
    return PolicyType(
        type_name(info.name),
        attributes={**attributes_of(info, collections), **SYSTEM},
        parents=("Collection",),
        actions=ENTRY_ACTIONS,
        title=f"Entries of {info.document.title}",
    )


def attributes_of(info: Collection, collections: Names[str] | None = None) -> dict[str, str]:
    """Return those fields that rules can read, with their types.

    A required field is always there, but while a change is under way.
    """
    found = {}
    for field in info.document.fields:
        kind = kind_of(field)
        if kind is None or field.name in SYSTEM:
            continue
        if "Entries::" in kind and collections is not None and field.collection not in collections:
            continue
        found[field.name] = kind if field.required and info.change_id is None else f"{kind}?"
    return found


def kind_of(field: FieldDocument) -> str | None:
    """Return the type of a field as rules know it; None for one that they cannot read."""
    if field.type == "list":
        one = _one(field, field.items or "")
        return f"Set<{one}>" if one in {"String", "Long"} or field.items == "link" else None
    return _one(field, field.type)


def _one(field: FieldDocument, kind: str) -> str | None:
    if kind == "link" and field.collection:
        return type_name(field.collection)
    if kind == "decimal" and (field.scale or 0) <= MOST_PLACES:
        return "decimal"
    return _PLAIN.get(kind)
