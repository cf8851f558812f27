"""What consumers keep with their deliveries, in the rows of the outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from insula.events.models import Outbox, OutboxDead


class SQLDeliveryNotes:
    """Reads and writes the column `kept` of one tenant's waiting deliveries."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def of(self, ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, Any] | None]:
        """Return what is kept with each of these deliveries that still waits; those taken since are left out."""
        wanted = select(Outbox.id, Outbox.kept).where(
            Outbox.tenant_id == self._session.tenant_id, Outbox.id.in_(ids)
        )
        return dict(self._session.execute(wanted).all())

    def keep(self, notes: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Keep something with each of these deliveries."""
        if not notes:
            return
        table: Any = Outbox.__table__
        self._session.execute(
            update(table)
            .where(table.c.tenant_id == self._session.tenant_id, table.c.id == bindparam("delivery"))
            .values(kept=bindparam("note")),
            [{"delivery": id_, "note": dict(notes[id_])} for id_ in sorted(notes)],
        )

    def waiting(self, consumer: str) -> list[Mapping[str, Any]]:
        """Return what is kept with deliveries that wait for a consumer or were put aside, in no order."""
        found: list[Mapping[str, Any]] = []
        for model in (Outbox, OutboxDead):
            kept = select(model.kept).where(
                model.tenant_id == self._session.tenant_id,
                model.consumer == consumer,
                model.kept.is_not(None),
            )
            found += self._session.scalars(kept)
        return found


def delivery_notes_factory(context: object, request: Any) -> SQLDeliveryNotes:
    """Make the service for a request or for work outside of HTTP."""
    return SQLDeliveryNotes(request.db)
