"""Lets go of records that have outlived their class, in stores that do not do so by themselves."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from pyramid.registry import Registry
from sqlalchemy import Uuid, column, select, table

from insula.db.work import directory_work, tenant_work
from insula.kit.clock import now
from insula.records.interfaces import KEPT_DAYS, Expiry, RecordStore, Stream, Streams

BATCH = 5_000

# Whose rooms declare it stands above this one.
_TENANT = table("tenant", column("id", Uuid))


class StreamExpiry:
    """Goes through the streams of one tenant, declared ones and those that every tenant has."""

    def __init__(self, store: RecordStore, streams: Streams) -> None:
        self._store = store
        self._streams = streams

    def sweep(self, *, batches: int) -> int:
        """Delete in at most so many full batches, and return how many records went."""
        gone = 0
        for stream in self._streams.all(system=True):
            days = _days(stream)
            while days is not None and batches > 0:
                deleted = self._store.expire(stream, now() - timedelta(days=days), limit=BATCH)
                gone += deleted
                if deleted < BATCH:
                    break
                batches -= 1
        return gone


def everywhere(registry: Registry, *, tenant_id: UUID | None = None, seconds: float | None = 10.0) -> int:
    """Sweep one tenant or all of them, and return how many records went.

    Whoever has other things to do gives it so many seconds; what is left over waits for the next time, and as the
    order is another each time, nobody waits for ever.
    """
    until = time.monotonic() + seconds if seconds is not None else None
    gone = 0
    for each in [tenant_id] if tenant_id else _tenants(registry):
        while until is None or time.monotonic() < until:
            with tenant_work(registry, each, writing=False) as work:
                went = work.find_service(Expiry).sweep(batches=1)
            gone += went
            if went < BATCH:
                break
    return gone


def expiry_factory(context: object, request: Any) -> StreamExpiry:
    """Make the service for a request or for work outside of HTTP."""
    return StreamExpiry(request.find_service(RecordStore), request.find_service(Streams))


def _tenants(registry: Registry) -> list[UUID]:
    with directory_work(registry) as session:
        found = list(session.scalars(select(_TENANT.c.id)))
    random.shuffle(found)
    return found


def _days(stream: Stream) -> int | None:
    days = KEPT_DAYS[stream.retention]
    if days is None or stream.system:
        return days
    # These stores know the time that a record tells and not when it came, which may have been so much later.
    return days + stream.backfill_days
