"""The collections of a tenant in its OpenAPI document, each with the schema that its fields make."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from insula.api.interfaces import Place
from insula.collections.access.rules import readable_fields, writable_fields
from insula.collections.access.types import type_name
from insula.collections.entries.resources import (
    CollectedItem,
    CollectedVersionItem,
    CollectedVersionsAPI,
    EntriesAPI,
    SingletonAPI,
    TrashedItem,
)
from insula.collections.interfaces.schemas import Collection, Collections, FieldDocument
from insula.kit.errors import InsulaError
from insula.kit.json import dumps

if TYPE_CHECKING:
    from pyramid.request import Request

MOST: Final = 100
"""How many collections are described singly."""

_LONG: Final = 200  # bytes of a schema that is said once
_VALUE: Final = "EntryValue."
_ORDERED: Final = frozenset({"integer", "decimal", "datetime", "date", "time"})
_WORDS: Final = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of these, with commas between them",
    "gt": "is above",
    "gte": "is this or above",
    "lt": "is below",
    "lte": "is this or below",
}
_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "string"},
    "rich_text": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "choice": {"type": "string"},
    "link": {"type": "string", "format": "uuid"},
    "file": {"type": "string", "format": "uuid"},
    "object": {"type": "object"},
}
_EXAMPLES: Final = {
    "integer": 42,
    "boolean": True,
    "datetime": "2026-01-31T12:00:00.000Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "link": "01890a5d-ac96-774b-bcce-b302099a8057",
    "file": "01890a5d-ac96-774b-bcce-b302099a8057",
    "object": {},
}


def places_of(request: Request, root: Any) -> Iterator[Place | None]:
    """Yield where the entries of each collection are that the caller may view, and None where there are too many."""
    try:
        branch = root["collections"]
    except (KeyError, InsulaError):
        return
    seen = 0
    for info in request.find_service(Collections).all():
        node = branch.node_of(info)
        if request.may("view", node):
            seen += 1
            if seen > MOST:
                yield None
                return
            yield from _places(request, info, node)


def _places(request: Request, info: Collection, node: Any) -> Iterator[Place]:
    here, things = f"/api/collections/{info.name}", type_name(info.name)
    title = info.document.title
    readable = readable_fields(request, info)
    writable = writable_fields(request, info)
    schemas = {
        "EntryBody": body_schema(info, writable),
        "EntryPatch": body_schema(info, writable, whole=False),
        "EntryShape": entry_schema(info, readable),
        **shared_schemas(info, {*readable, *writable}),
    }
    if info.document.singleton:
        above = node["entry"]
        place: Any = SingletonAPI(request, node, "entry") if isinstance(above, CollectedItem) else above
        yield Place(SingletonAPI, f"{here}/entry", title, place, things=things, schemas=schemas)
        entry = f"{here}/entry"
    else:
        place = node["entries"]
        asked = tuple(filters_of(info, readable))
        yield Place(
            EntriesAPI, f"{here}/entries", title, place, things=things, schemas=schemas, parameters=asked
        )
        entry = f"{here}/entries/{{id}}"
    versions = f"{entry}/versions"
    below = (
        (CollectedItem, entry),
        (TrashedItem, entry),
        (CollectedVersionsAPI, versions),
        (CollectedVersionItem, f"{versions}/{{version}}"),
    )
    for context, address in below:
        yield Place(context, address, title, place, kind=things, things=things, schemas=schemas)


def shared_schemas(info: Collection, names: Names[str]) -> dict[str, dict[str, Any]]:
    """Return what values of fields are where that is long, so that it is said once and referred to."""
    found = {
        f"{_VALUE}{each.name}": field_schema(each) for each in info.document.fields if each.name in names
    }
    return {name: schema for name, schema in found.items() if len(dumps(schema)) > _LONG}


def value_schema(field: FieldDocument) -> dict[str, Any]:
    """Return what a value of a field is, or where that is said."""
    schema = field_schema(field)
    if len(dumps(schema)) > _LONG:
        return {"$ref": f"#/components/schemas/{_VALUE}{field.name}"}
    return schema


def field_schema(field: FieldDocument) -> dict[str, Any]:
    """Return what a value of a field is."""
    kind = field.type
    if kind == "list":
        # A list's longest says how many, not how long each is.
        item = field.model_copy(update={"type": field.items or "text", "items": None, "max_length": None})
        schema: dict[str, Any] = {"type": "array", "items": field_schema(item)}
        if field.max_length is not None:
            schema["maxItems"] = field.max_length
    else:
        schema = dict(_FORMATS[kind])
        if kind in ("text", "rich_text") and field.max_length is not None:
            schema["maxLength"] = field.max_length
        if kind == "choice" and field.choices:
            schema["enum"] = list(field.choices)
        if kind == "integer":
            bounds = {"minimum": field.min, "maximum": field.max}
            schema |= {name: int(value) for name, value in bounds.items() if value is not None}
    if field.title:
        schema["title"] = field.title
    if field.help:
        schema["description"] = field.help
    return schema


def body_schema(info: Collection, writable: Names[str], *, whole: bool = True) -> dict[str, Any]:
    """Return what makes an entry, or what changes one; null takes a value away."""
    fields = [field for field in info.document.fields if field.name in writable]
    properties = {
        field.name: value_schema(field)
        if field.required
        else {"anyOf": [value_schema(field), {"type": "null"}]}
        for field in fields
    }
    needed = [field.name for field in fields if field.required and field.default is None]
    example = {field.name: example_of(field) for field in fields if field.required}
    return {
        "type": "object",
        "title": info.document.title,
        "properties": properties,
        "additionalProperties": False,
        **({"required": needed} if whole and needed else {}),
        **({"examples": [example]} if example and whole else {}),
    }


def entry_schema(info: Collection, readable: Names[str]) -> dict[str, Any]:
    """Return how an entry looks to whoever may read these fields; links that are followed are entries."""
    properties: dict[str, Any] = {}
    for field in info.document.fields:
        if field.name in readable:
            kinds: list[Any] = [value_schema(field), {"type": "null"}]
            if "link" in (field.type, field.items):
                kinds.insert(1, {"type": ["object", "array"]})
            properties[field.name] = {"anyOf": kinds}
    moment = {"type": "string", "format": "date-time"}
    known = {
        "id": {"type": "string", "format": "uuid"},
        "version": {"type": "integer"},
        "status": {"enum": ["draft", "published", "changed", "trash"]},
        "created": moment,
        "changed": moment,
        "author": {"type": ["string", "null"], "format": "uuid"},
        "published_at": moment,
        "publish_at": moment,
        "expire_at": moment,
    }
    return {
        "type": "object",
        "title": info.document.title,
        "required": ["id"],
        "properties": known | properties,
        "additionalProperties": False,
    }


def filters_of(info: Collection, readable: Names[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the parameters that filter a list by its fields."""
    indexed = {each for names in info.document.indexes for each in names}
    for field in info.document.fields:
        if field.name not in readable or field.type in ("object", "rich_text", "list"):
            continue
        ops = ["eq"]
        if field.indexed or field.unique or field.type == "link" or field.name in indexed:
            ops += ["ne", "in"] + (["gt", "gte", "lt", "lte"] if field.type in _ORDERED else [])
        for op in ops:
            yield {
                "name": field.name if op == "eq" else f"{field.name}[{op}]",
                "in": "query",
                "required": False,
                "description": f"Those whose {field.title or field.name} {_WORDS[op]}.",
                "schema": {"type": "string"} if op == "in" else value_schema(field),
            }


def example_of(field: FieldDocument) -> Any:
    """Return a value that a field takes, as an example."""
    if field.type == "list":
        return []
    if field.type == "choice" and field.choices:
        return field.choices[0]
    if field.type == "decimal":
        return f"1.{'0' * field.scale}" if field.scale else "1"
    if field.type == "integer" and field.min is not None:
        return int(field.min)
    return _EXAMPLES.get(field.type, field.title or field.name)
