"""The consumer that puts visits to tenants on the console's own record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from insula.db.work import tenant_work
from insula.events.interfaces import Events
from insula.handoff.events import OperatorEntered, OperatorLeft, OperatorRefused
from insula.handoff.models import Told
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
        insert = postgresql.insert if console.db.get_bind().dialect.name == "postgresql" else sqlite.insert
        fresh = console.db.execute(
            insert(Told)
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
