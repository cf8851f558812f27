"""An entry as JSON: what we know of it, glued before the document as it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from insula.collections.interfaces.entries import Entry, Stage
from insula.collections.interfaces.schemas import Collection
from insula.kit.clock import isoformat
from insula.kit.json import dumps, loads

_STAGES: Final = {Stage.LIVE: "published", Stage.TRASH: "trash"}


def status_of(entry: Entry) -> str:
    """Return `draft`, `published`, `changed` (a draft that has moved on since it was published) or `trash`."""
    if entry.stage is not Stage.DRAFT:
        return _STAGES[entry.stage]
    if entry.published_at is None:
        return "draft"
    return "published" if entry.changed <= entry.published_at else "changed"


def members_of(entry: Entry) -> dict[str, Any]:
    """Return the members that every entry has beside its fields."""
    found: dict[str, Any] = {
        "id": str(entry.id),
        "version": entry.version,
        "status": status_of(entry),
        "created": isoformat(entry.created),
        "changed": isoformat(entry.changed),
        "author": str(entry.author_id) if entry.author_id else None,
    }
    for name in ("published_at", "publish_at", "expire_at"):
        at = getattr(entry, name)
        if at is not None:
            found[name] = isoformat(at)
    return found


def fields_text(text: str, info: Collection, readable: frozenset[str]) -> bytes:
    """Return the document of an entry with the fields that may be seen, parsed only where one has to be left out."""
    if info.change_id is None and len(readable) == len(info.fields):
        return text.encode()
    shown = readable & info.fields.keys()
    return dumps({name: value for name, value in info.of_today(loads(text)).items() if name in shown})


def entry_text(entry: Entry, info: Collection, readable: frozenset[str]) -> bytes:
    """Return an entry as JSON text, as whoever may read these fields sees it."""
    return glued(dumps(members_of(entry)), fields_text(entry.text, info, readable))


def entry_values(entry: Entry, info: Collection, readable: Iterable[str]) -> Mapping[str, Any]:
    """Return an entry as the same JSON object, parsed."""
    values = info.of_today(loads(entry.text))
    return members_of(entry) | {
        name: values[name] for name in readable if name in values and name in info.fields
    }


def glued(one: bytes, other: bytes) -> bytes:
    """Return two JSON objects as one.

    >>> glued(b'{"a":1}', b'{"b":2}'), glued(b'{"a":1}', b'{}')
    (b'{"a":1,"b":2}', b'{"a":1}')
    """
    return one if len(other) <= len(b"{}") else b"%b,%b" % (one[:-1], other[1:])
