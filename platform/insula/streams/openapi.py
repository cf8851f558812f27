"""The streams of a tenant in its OpenAPI document, each with the schema that it was declared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from insula.api.interfaces import Place
from insula.kit.errors import InsulaError
from insula.streams.resources import LatestResource, RecordsResource, StreamsAPI

if TYPE_CHECKING:
    from pyramid.request import Request

MOST = 50
"""How many streams are described singly; the others are what is said of any."""


def places_of(request: Request, root: Any) -> Iterator[Place]:
    """Yield where the records of each stream are that the caller may view."""
    try:
        branch = root["streams"]
    except (KeyError, InsulaError):
        return
    if not isinstance(branch, StreamsAPI):
        return
    for node in branch.visible()[:MOST]:
        stream = node.stream
        if not _stands_alone(stream.schema):
            continue
        said = {name: value for name, value in stream.schema.items() if name != "$schema"}
        body: Mapping[str, Any] = said or {"type": "object"}
        shape = {
            "type": "object",
            "required": ["id", "time", "series", "body"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "time": {"type": "string", "format": "date-time"},
                "series": {"type": ["string", "null"]},
                # What was pushed before the schema was, or has been erased, may be anything.
                "body": {"anyOf": [body, {"type": ["object", "null"]}]},
                "redacted": {"const": True},
            },
        }
        for name, context in (("records", RecordsResource), ("latest", LatestResource)):
            yield Place(
                context,
                f"/api/streams/{stream.name}/{name}",
                stream.title,
                node[name],
                schemas={"RecordBody": body, "RecordShape": shape},
            )


def _stands_alone(schema: Any) -> bool:
    """Tell whether a schema refers to nothing, so that it means the same inside of another document."""
    if isinstance(schema, dict):
        return not ({"$ref", "$dynamicRef", "$id", "$anchor"} & schema.keys()) and all(
            map(_stands_alone, schema.values())
        )
    return not isinstance(schema, list) or all(map(_stands_alone, schema))
