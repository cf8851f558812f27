"""The consumer that turns deliveries into records of the audit stream, each a link of its tenant's chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from insula.audit.interfaces import STREAM, Chain
from insula.audit.links import Link, link_from
from insula.db.work import tenant_work
from insula.events.interfaces import Delivery
from insula.kit.clock import isoformat, millis
from insula.kit.json import dumps
from insula.records.interfaces import NewRecord, store_of, system_stream


def record(deliveries: Sequence[Delivery], work: Any) -> None:
    """Append the deliveries to their tenant's trail; once more changes nothing.

    Places are assigned in a transaction of their own, committed before the store is asked. A process that dies at any
    point leaves either no place or one that is kept with its delivery, which comes again and repeats it.
    """
    bodies = {delivery.id: body_of(delivery) for delivery in deliveries}
    links = _places(work, deliveries, bodies)
    rows = [NewRecord(link.record_id, link.series, bodies[id_]) for id_, link in links.items()]
    if rows:
        store_of(work.registry).append(system_stream(work.registry, work.tenant_id, STREAM), rows)


def body_of(delivery: Delivery) -> bytes:
    """Return the body of the entry of a delivery."""
    return dumps(
        {
            "event": delivery.event,
            "actor": delivery.actor,
            "at": isoformat(delivery.at),
            "request_id": delivery.request_id,
            "origin": dict(delivery.origin),
            "payload": dict(delivery.payload),
        }
    )


def _places(work: Any, deliveries: Sequence[Delivery], bodies: Mapping[UUID, bytes]) -> Mapping[UUID, Link]:
    if all(delivery.kept for delivery in deliveries):
        return {delivery.id: link_from(delivery.kept or {}) for delivery in deliveries}
    with tenant_work(work.registry, work.tenant_id) as own:
        chain: Chain = own.find_service(Chain)
        return chain.assign([(each.id, millis(each.at), bodies[each.id]) for each in deliveries])
