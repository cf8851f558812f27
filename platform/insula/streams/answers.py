"""Records as JSON text, with their bodies as they were stored."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from insula.kit.clock import isoformat
from insula.records.interfaces import Record


def record_text(record: Record) -> bytes:
    """Return one record; its body is put in as it is, without being read again."""
    series = orjson.dumps(record.series or None)
    head = b'{"id":"%s","time":"%s","series":%s,' % (
        str(record.id).encode(),
        isoformat(record.time).encode(),
        series,
    )
    if record.redacted:
        return head + b'"body":null,"redacted":true}'
    return head + b'"body":' + record.body + b"}"


def page_text(records: Iterable[Record], after: str | None = None) -> bytes:
    """Return a page of records, with the cursor of the next one if there is one."""
    text = b'{"data":[' + b",".join(map(record_text, records)) + b"]"
    return text + (b',"after":' + orjson.dumps(after) + b"}" if after else b"}")
