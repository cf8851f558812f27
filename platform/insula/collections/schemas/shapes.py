"""Collections and their changes as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.collections.interfaces.schemas import Change, ChangeState, Collection, Effect, FieldDocument
from insula.collections.schemas.documents import SYSTEM_ORDER, placeholders
from insula.kit.clock import isoformat
from insula.kit.errors import FieldError


class CollectionShape(TypedDict):
    """A collection, as far as the caller may view its fields."""

    id: Identifier
    name: str
    title: str
    description: str
    singleton: bool
    drafts: bool
    display: str
    order: str
    fields: list[FieldDocument]
    indexes: list[list[str]]
    version: int
    created: Moment
    changed: Moment
    changed_by: str
    change: Identifier | None


class ExampleShape(TypedDict):
    """An entry that would not fit, and why."""

    entry: Identifier
    path: str
    detail: str


class EffectShape(TypedDict):
    """What happens to one field, and to how many entries."""

    act: Literal["add", "change", "remove", "lose"]
    field: str
    text: str
    entries: int
    examples: list[ExampleShape]


class ChangeShape(TypedDict):
    """A change of a collection's document."""

    id: Identifier
    collection: str
    state: ChangeState
    document: dict[str, Any]
    from_version: int
    effects: list[EffectShape]
    total: int
    done: int
    failing: int
    by: str
    at: Moment
    finished: Moment | None
    detail: str


def collection_shape(info: Collection, fields: frozenset[str]) -> CollectionShape:
    """Return a collection with those of its fields that may be viewed; what names another one is left out."""
    document = info.document
    order = [name.strip() for name in document.order.split(",")]
    return {
        "id": str(info.id),
        "name": info.name,
        "title": document.title,
        "description": document.description,
        "singleton": document.singleton,
        "drafts": document.drafts,
        "display": document.display if fields.issuperset(placeholders(document.display)) else "",
        "order": ",".join(name for name in order if name.removeprefix("-") in fields | SYSTEM_ORDER),
        "fields": [field for field in document.fields if field.name in fields],
        "indexes": [list(names) for names in document.indexes if fields.issuperset(names)],
        "version": info.version,
        "created": isoformat(info.created),
        "changed": isoformat(info.changed),
        "changed_by": info.changed_by,
        "change": None if info.change_id is None else str(info.change_id),
    }


def change_shape(change: Change, *, examples: bool = True) -> ChangeShape:
    """Return a change, with or without the entries that it names as examples."""
    return {
        "id": str(change.id),
        "collection": change.collection,
        "state": change.state,
        "document": change.document.model_dump(mode="json"),
        "from_version": change.from_version,
        "effects": [_effect(effect, effect.examples if examples else ()) for effect in change.effects],
        "total": change.total,
        "done": change.done,
        "failing": change.failing,
        "by": change.by,
        "at": isoformat(change.at),
        "finished": None if change.finished is None else isoformat(change.finished),
        "detail": change.detail,
    }


def _effect(effect: Effect, examples: Sequence[tuple[UUID, FieldError]]) -> EffectShape:
    return {
        "act": effect.act,
        "field": effect.field,
        "text": effect.text,
        "entries": effect.entries,
        "examples": [
            {"entry": str(entry_id), "path": error.path, "detail": error.detail}
            for entry_id, error in examples
        ],
    }
