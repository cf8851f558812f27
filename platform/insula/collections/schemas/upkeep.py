"""Changes carried through their entries by the worker, a little at a time, also after a kill."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import null, or_, select

from insula.collections.interfaces.schemas import ChangeState, Collections
from insula.collections.models import CollectionChange
from insula.collections.schemas.services import changes_of
from insula.db.work import system_work, tenant_work
from insula.kit.clock import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.registry import Registry

SECONDS: Final = 1.5
"""How long one turn takes at most, but for its last batch: letters and events wait meanwhile."""
LATE: Final = timedelta(minutes=1)
"""How long after its end a change is looked at once more, for requests that were under way when it began."""


def carry_on(registry: Registry) -> int:
    """Do batches of the changes that are not through, in turn; return how many batches that were."""
    ends = time.monotonic() + SECONDS
    waiting = list(_waiting(registry))
    batches = 0
    while waiting and time.monotonic() < ends:
        tenant_id, change_id, state = waiting.pop(0)
        batches += 1
        with tenant_work(registry, tenant_id) as work:
            if state == ChangeState.APPLIED:
                changes_of(work).late(change_id)
                continue
            change = work.find_service(Collections).work(change_id)
        if change.state == ChangeState.APPLYING:
            waiting.append((tenant_id, change_id, state))
    return batches


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
