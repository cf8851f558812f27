"""The worker's share of schedules: what is due is published, and what has expired is taken away."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.collections.entries.statements import DUE
from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.schemas import Collections
from insula.db.work import system_work, tenant_work
from insula.kit.clock import now
from insula.kit.errors import InsulaError
from insula.observability.log import get

if TYPE_CHECKING:
    from pyramid.registry import Registry

log = get("insula.collections")

_MOST: Final = 200


def carry_out(registry: Registry) -> int:
    """Publish and take away what is due in all tenants, each entry in a transaction of its own; return how many."""
    with system_work(registry, reason="schedules of entries", writing=False) as work:
        rows = work.db.connection().execute(DUE, {"the_moment": now(), "the_limit": _MOST}).all()
    for row in rows:
        _one(registry, row.tenant_id, row.collection_id, row.id)
    return len(rows)


def _one(registry: Registry, tenant_id: UUID, collection_id: UUID, entry_id: UUID) -> None:
    try:
        with tenant_work(registry, tenant_id) as work:
            _act(work, collection_id, entry_id)
    except InsulaError as error:
        # What cannot be done now is not tried for ever: the entry stays as it is, and says so by having no date.
        log.warning("schedule failed", entry=str(entry_id), error=str(error))
        with suppress(InsulaError), tenant_work(registry, tenant_id) as work:
            _cancel(work, collection_id, entry_id)


def _act(work: Any, collection_id: UUID, entry_id: UUID) -> None:
    name, entries, at = _name(work, collection_id), work.find_service(Entries), now()
    if name is None:
        return
    entry = entries.find(name, entry_id, Stage.DRAFT)
    if entry.expire_at is not None and entry.expire_at <= at:
        entries.schedule(name, entry_id, publish_at=None, expire_at=None, expected=entry.version, author=None)
        entries.unpublish(name, entry_id, expected=None, author=None)
    elif entry.publish_at is not None and entry.publish_at <= at:
        entries.publish(name, entry_id, expected=entry.version, author=None)


def _cancel(work: Any, collection_id: UUID, entry_id: UUID) -> None:
    name = _name(work, collection_id)
    if name is not None:
        work.find_service(Entries).schedule(
            name, entry_id, publish_at=None, expire_at=None, expected=None, author=None
        )


def _name(work: Any, collection_id: UUID) -> str | None:
    found = work.find_service(Collections).all()
    return next((info.name for info in found if info.id == collection_id), None)
