"""An entry of the trail as clients see it: as JSON, and as a row of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.audit.interfaces import AuditEntry
from insula.kit.clock import isoformat
from insula.kit.json import dumps

COLUMNS = (
    "time",
    "event",
    "actor",
    "actor_name",
    "operator",
    "address",
    "scheme",
    "request_id",
    "payload",
    "position",
    "hash",
    "id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class EntryOfTrail(TypedDict):
    """An entry of the trail."""

    id: Identifier
    time: Moment
    event: str
    actor: str | None
    actor_name: str | None
    operator: str | None
    address: str | None
    scheme: str | None
    request_id: str | None
    payload: dict[str, Any]
    redacted: bool
    position: int | None
    previous: str | None
    hash: str | None


def as_json(entry: AuditEntry, names: Mapping[str, str]) -> EntryOfTrail:
    """Return an entry as clients see it, with the name that the account has now."""
    return {
        "id": str(entry.id),
        "time": isoformat(entry.at),
        "event": entry.event,
        "actor": entry.actor,
        "actor_name": names.get(entry.actor or ""),
        "operator": entry.operator,
        "address": entry.address,
        "scheme": entry.scheme,
        "request_id": entry.request_id,
        "payload": dict(entry.payload),
        "redacted": entry.redacted,
        "position": entry.position,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def as_ndjson(entries: Iterable[AuditEntry], names: Mapping[str, str]) -> Iterator[bytes]:
    """Yield one line for each entry."""
    for entry in entries:
        yield dumps(as_json(entry, names)) + b"\n"


def as_csv(entries: Iterable[AuditEntry], names: Mapping[str, str], *, head: bool = True) -> Iterator[bytes]:
    """Yield one line for each entry, below one that names the columns."""
    if head:
        yield _line(COLUMNS)
    for entry in entries:
        shape: dict[str, Any] = {**as_json(entry, names)}
        shape["payload"] = dumps(shape["payload"]).decode()
        yield _line([_cell(shape[column]) for column in COLUMNS])


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    # A spreadsheet computes what begins like this; with an apostrophe before it, it is text.
    return f"'{text}" if text.startswith(_FORMULA) else text
