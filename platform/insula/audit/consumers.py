"""The consumer that turns a delivery into a record of the audit stream."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from insula.audit.interfaces import STREAM
from insula.events.interfaces import Delivery
from insula.kit.clock import isoformat, millis
from insula.kit.ids import uuid7_at
from insula.kit.json import dumps
from insula.records.interfaces import NewRecord, store_of, system_stream


def record(delivery: Delivery, work: Any) -> None:
    """Append the delivery to its tenant's trail; once more changes nothing."""
    stream = system_stream(work.registry, delivery.tenant_id, STREAM)
    store_of(work.registry).append(stream, [audit_record(delivery)])


def audit_record(delivery: Delivery) -> NewRecord:
    """Return the record of a delivery; its id follows from the delivery, so a repetition is the same row."""
    digest = sha256(b"insula audit" + delivery.tenant_id.bytes + delivery.id.bytes).digest()
    body = {
        "event": delivery.event,
        "actor": delivery.actor,
        "at": isoformat(delivery.at),
        "request_id": delivery.request_id,
        "payload": dict(delivery.payload),
    }
    return NewRecord(id=uuid7_at(millis(delivery.at), digest[:10]), series="", body=dumps(body))
