"""The chain of a tenant's audit entries: its head in a row, under whose lock entries get their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from insula.audit.interfaces import CONSUMER, ChainHead
from insula.audit.links import GENESIS, Link, digest_of, extend, link_from
from insula.audit.models import AuditChain
from insula.db.work import insert_into
from insula.events.interfaces import DeliveryNotes


class SQLChain:
    """Reads and extends the chain of the tenant of a session."""

    def __init__(self, session: Any, notes: DeliveryNotes) -> None:
        self._session = session
        self._notes = notes

    def assign(self, entries: Sequence[tuple[UUID, int, bytes]]) -> Mapping[UUID, Link]:
        """Give each delivery (id, milliseconds, body) its place, in this order, and keep it with the delivery.

        One that has its place already keeps it. One that was acknowledged meanwhile is in the store, and is left out.
        """
        head = self._locked()
        # Read under the lock: whoever assigned before has committed, so that nothing gets two places.
        noted = self._notes.of([id_ for id_, _, _ in entries])
        links: dict[UUID, Link] = {}
        fresh: dict[UUID, Link] = {}
        position, millis, previous = head.position, head.millis, head.hash
        for id_, at, body in entries:
            if id_ not in noted:
                continue
            kept = noted[id_]
            if kept:
                links[id_] = link_from(kept)
                continue
            position += 1
            # Times never run backwards along the chain, so that the order of ids is the order of positions.
            millis = max(millis, at)
            link = extend(self._session.tenant_id, Link(position, millis, previous, digest_of(body), hash=""))
            previous = link.hash
            links[id_] = fresh[id_] = link
        if fresh:
            self._notes.keep({id_: link.note() for id_, link in fresh.items()})
            self._change(position=position, millis=millis, hash=previous)
        return links

    def head(self) -> ChainHead:
        """Return the last position that was assigned."""
        row = self._session.scalar(select(AuditChain).where(AuditChain.tenant_id == self._session.tenant_id))
        if row is None:
            return ChainHead(0, GENESIS, None)
        return ChainHead(row.position, row.hash, row.verified)

    def waiting(self) -> Mapping[int, Link]:
        """Return the links that were assigned and whose deliveries are not acknowledged, by position."""
        links = [link_from(kept) for kept in self._notes.waiting(CONSUMER)]
        return {link.position: link for link in links}

    def remember(self, verified: Mapping[str, Any]) -> None:
        """Keep what a verification found."""
        self._locked()
        self._change(verified=dict(verified))

    def _locked(self) -> AuditChain:
        # Made first, so that two relays that meet a new tenant queue for its row instead of colliding.
        tenant_id = self._session.tenant_id
        row = insert_into(self._session, AuditChain).values(
            tenant_id=tenant_id, position=0, hash=GENESIS, millis=0
        )
        self._session.execute(row.on_conflict_do_nothing(index_elements=[AuditChain.tenant_id]))
        found: AuditChain = self._session.scalars(
            select(AuditChain)
            .where(AuditChain.tenant_id == tenant_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        return found

    def _change(self, **values: Any) -> None:
        self._session.execute(
            update(AuditChain)
            .where(AuditChain.tenant_id == self._session.tenant_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def chain_factory(context: object, request: Any) -> SQLChain:
    """Make the service for a request or for work outside of HTTP."""
    return SQLChain(request.db, request.find_service(DeliveryNotes))
