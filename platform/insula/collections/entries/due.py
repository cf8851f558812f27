"""The worker's share of schedules: what is due is published, and what has expired is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy.exc import OperationalError

from insula.collections.entries.statements import DUE
from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.schemas import Collections
from insula.db.work import system_work, tenant_work
from insula.kit.clock import now
from insula.kit.errors import InsulaError
from insula.observability.log import get

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyramid.registry import Registry

log = get("insula.collections")

_MOST: Final = 200


def carry_out(registry: Registry) -> int:
    """Publish and take away what is due in all tenants, each entry in a transaction of its own; return how many."""
    moment, done, left = now(), 0, 0
    while done < _MOST:
        rows = _due(registry, moment, left)
        for row in rows:
            if _one(registry, row.tenant_id, row.collection_id, row.id):
                done += 1
            else:
                left += 1
        if len(rows) < _MOST:
            break
    return done


def _due(registry: Registry, moment: datetime, left: int) -> Sequence[Any]:
    """Return what has been due for longest, after those that are still due although their turn was."""
    given = {"the_moment": moment, "the_limit": _MOST, "the_offset": left}
    with system_work(registry, reason="schedules of entries", writing=False) as work:
        rows: Sequence[Any] = work.db.connection().execute(DUE, given).all()
    return rows


def _one(registry: Registry, tenant_id: UUID, collection_id: UUID, entry_id: UUID) -> bool:
    """Do what is due, or take its date away; tell whether it is not due any more."""
    try:
        with tenant_work(registry, tenant_id) as work:
            _act(work, collection_id, entry_id)
    except InsulaError as error:
        log.warning("schedule failed", entry=str(entry_id), error=str(error))
    except OperationalError as error:
        # The database is away or busy: that is no fault of the entry, and the next turn tries it again.
        log.warning("schedule put off", entry=str(entry_id), error=repr(error))
        return False
    except Exception:  # whatever one entry raises, those of others must go on
        log.exception("schedule failed", entry=str(entry_id))
    else:
        return True
    try:
        # What cannot be done now is not tried for ever: the entry stays as it is, and says so by having no date.
        with tenant_work(registry, tenant_id) as work:
            _cancel(work, collection_id, entry_id)
    except Exception:  # as above
        log.exception("schedule not cancelled", entry=str(entry_id))
        return False
    return True


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
