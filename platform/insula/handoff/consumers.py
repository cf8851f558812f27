"""The consumers that keep the console and the tenants that its operators visit in step."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from insula.db.work import insert_into, system_work, tenant_work
from insula.events.interfaces import Events
from insula.handoff.entries import entries_factory
from insula.handoff.events import OperatorEntered, OperatorLeft, OperatorRefused
from insula.handoff.grants import entry_lives
from insula.handoff.models import Entry, Told
from insula.kit.clock import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insula.events.interfaces import Delivery

VISITS: Final[Mapping[str, type[Any]]] = {
    event.name: event for event in (OperatorEntered, OperatorLeft, OperatorRefused)
}
_KEPT: Final = timedelta(days=30)


def tell_console(delivery: Delivery, work: Any) -> None:
    """Repeat a visit's event in the console, once however often it is delivered."""
    console_id = UUID(delivery.payload["console_id"])
    if console_id == delivery.tenant_id:
        return
    with tenant_work(work.registry, console_id) as console:
        fresh = console.db.execute(
            insert_into(console.db, Told)
            .values(tenant_id=console_id, id=delivery.id, at=now())
            .on_conflict_do_nothing()
            .returning(Told.id)
        ).first()
        if fresh is None:
            return
        console.db.execute(
            delete(Told)
            .where(Told.tenant_id == console_id, Told.at < now() - _KEPT)
            .execution_options(synchronize_session=False)
        )
        visit = VISITS[delivery.event](**delivery.payload)
        console.find_service(Events).emit(visit, actor=visit.operator_id)


def end_visits(delivery: Delivery, work: Any) -> None:
    """End what an operator has open anywhere when the console has changed their account.

    An account that was deactivated is out at its next request, without this; here the console's policy is the reason:
    whoever has lost a role comes in again only if it still says so.
    """
    if not work.tenant.console:
        return
    console_id, operator_id = delivery.tenant_id, UUID(delivery.payload["account_id"])
    with system_work(work.registry, reason="looks for an operator's visits", writing=False) as everywhere:
        visited = everywhere.db.scalars(
            select(Entry.tenant_id)
            .where(Entry.console_id == console_id, Entry.operator_id == operator_id, entry_lives(now()))
            .distinct()
        ).all()
    for tenant_id in visited:
        with tenant_work(work.registry, tenant_id) as inside:
            entries_factory(None, inside).end_of_operator(console_id, operator_id)
