"""Changes carried through their entries by the worker, a little at a time, also after a kill."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from sqlalchemy import null, or_, select

from insula.collections.interfaces.schemas import ChangeState, Collections
from insula.collections.models import CollectionChange
from insula.collections.schemas.services import changes_of
from insula.db.work import system_work, tenant_work
from insula.kit.clock import now
from insula.observability.log import get

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.registry import Registry

SECONDS: Final = 1.5
"""How long one turn takes at most, but for its last batch: letters and events wait meanwhile."""
LATE: Final = timedelta(minutes=1)
"""How long after its end a change is looked at once more, for requests that were under way when it began."""

LONGEST: Final = 600.0
"""How many seconds a change that fails again and again is left alone at most."""

_FAILED: Final = "insula.collections.failed_changes"
log = get("insula.collections")


class _Failed(NamedTuple):
    times: int
    again: float


def carry_on(registry: Registry) -> int:
    """Do batches of the changes that are not through, in turn; return how many batches that were."""
    ends = time.monotonic() + SECONDS
    failed: dict[UUID, _Failed] = registry.setdefault(_FAILED, {})
    listed = _waiting(registry)
    for gone in failed.keys() - {change_id for _, change_id, _ in listed}:
        del failed[gone]
    waiting = [each for each in listed if each[1] not in failed or failed[each[1]].again <= time.monotonic()]
    batches = 0
    while waiting and time.monotonic() < ends:
        tenant_id, change_id, state = waiting.pop(0)
        batches += 1
        try:
            goes_on = _batch(registry, tenant_id, change_id, state)
        except Exception:  # whatever one change raises, those of others must go on
            times = failed[change_id].times + 1 if change_id in failed else 1
            wait = min(2.0 ** min(times, 30), LONGEST)
            failed[change_id] = _Failed(times, time.monotonic() + wait)
            log.exception("change failed", change=str(change_id), times=times, wait=wait)
            continue
        failed.pop(change_id, None)
        if goes_on:
            waiting.append((tenant_id, change_id, state))
    return batches


def _batch(registry: Registry, tenant_id: UUID, change_id: UUID, state: str) -> bool:
    """Do one batch of a change, and tell whether another one is to follow at once."""
    with tenant_work(registry, tenant_id) as work:
        if state == ChangeState.APPLIED:
            changes_of(work).late(change_id)
            return False
        collections: Collections = work.find_service(Collections)
        return collections.work(change_id).state == ChangeState.APPLYING


def _waiting(registry: Registry) -> Sequence[tuple[UUID, UUID, str]]:
    begun = CollectionChange.state == ChangeState.APPLYING.value
    late = (
        (CollectionChange.state == ChangeState.APPLIED.value)
        & CollectionChange.cursor.is_not(null())
        & (CollectionChange.finished < now() - LATE)
    )
    query = select(CollectionChange.tenant_id, CollectionChange.id, CollectionChange.state)
    with system_work(registry, reason="finds changes of collections to carry on", writing=False) as work:
        rows = work.db.execute(query.where(or_(begun, late)).order_by(CollectionChange.id)).all()
    return [(row.tenant_id, row.id, row.state) for row in rows]
