"""How many records of a tenant wait for the store: a running count, so that nobody has to add them up.

Whoever changes which records wait changes the count in the same transaction, and first takes its row's lock. The
count is therefore exact, however many processes defer at once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, literal, select, update

from insula.db.work import insert_into
from insula.events.models import Outbox, OutboxShare

RECORDS = "records"
"""The consumer whose deliveries are counted."""


def grow(session: Any, tenant_id: UUID, *, records: int, size: int) -> tuple[int, int]:
    """Count records that begin to wait; return how many wait with them, and their bytes."""
    row = insert_into(session, OutboxShare).values(tenant_id=tenant_id, records=records, size=size)
    grown = row.on_conflict_do_update(
        index_elements=[OutboxShare.tenant_id],
        set_={"records": OutboxShare.records + records, "size": OutboxShare.size + size},
    )
    waiting, taken = session.execute(grown.returning(OutboxShare.records, OutboxShare.size)).one()
    return waiting, taken


def shrink(session: Any, tenant_id: UUID, *, records: int, size: int) -> None:
    """Take off the count what no longer waits; with the last of it the count begins anew."""
    session.execute(
        update(OutboxShare)
        .where(OutboxShare.tenant_id == tenant_id)
        .values(records=OutboxShare.records - records, size=OutboxShare.size - size)
        .execution_options(synchronize_session=False)
    )
    forget_if_none_waits(session, tenant_id)


def forget_if_none_waits(session: Any, tenant_id: UUID) -> bool:
    """Forget the count of a tenant of whom nothing waits, and say so: it may be wrong if rows were removed by hand."""
    waits = select(literal(1)).where(Outbox.tenant_id == tenant_id, Outbox.consumer == RECORDS).limit(1)
    if session.scalar(waits) is not None:
        return False
    session.execute(
        delete(OutboxShare)
        .where(OutboxShare.tenant_id == tenant_id)
        .execution_options(synchronize_session=False)
    )
    return True
