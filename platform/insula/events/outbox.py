"""The verbs on outbox rows: claim, acknowledge, put off, bury, requeue, count."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from insula.events import shares
from insula.events.interfaces import Backlog, Delivery
from insula.events.models import Outbox, OutboxDead, OutboxRow, RelayLease
from insula.kit.clock import now

ERROR_LENGTH = 2000
_LEASE = "relay"
_COPIED = tuple(column.name for column in OutboxDead.__table__.columns if column.name != "buried_at")


@dataclass(frozen=True)
class Claim:
    """A delivery that this relay holds until its lease ends; `attempts` also tells whether it still does."""

    delivery: Delivery
    consumer: str
    attempts: int


class SQLOutbox:
    """The outbox through one system session, which belongs to a transaction as short as the verb."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @property
    def skips_locked_rows(self) -> bool:
        """Whether the database lets several relays claim side by side."""
        return bool(self._session.dialect.name == "postgresql")

    def tenants_with_work(self, paused: Collection[str] = ()) -> Iterator[UUID]:
        """Yield each tenant that has a delivery due; one step along the index per tenant."""
        last: UUID | None = None
        while True:
            query = select(Outbox.tenant_id).where(*self._due(paused)).order_by(Outbox.tenant_id).limit(1)
            found = self._session.scalar(query if last is None else query.where(Outbox.tenant_id > last))
            if found is None:
                return
            yield found
            last = found

    def claim(
        self, tenant_id: UUID, *, limit: int, lease: timedelta, paused: Collection[str] = ()
    ) -> list[Claim]:
        """Take up to `limit` due deliveries of a tenant that no other relay is taking at this moment."""
        rows = self._session.execute(
            select(Outbox.__table__)
            .where(Outbox.tenant_id == tenant_id, *self._due(paused))
            .order_by(Outbox.not_before, Outbox.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            self._session.execute(
                update(Outbox)
                .where(Outbox.tenant_id == tenant_id, Outbox.id.in_([row.id for row in rows]))
                .values(not_before=now() + lease, attempts=Outbox.attempts + 1)
                .execution_options(synchronize_session=False)
            )
        return [Claim(_delivery(row), row.consumer, row.attempts + 1) for row in rows]

    def acknowledge(self, tenant_id: UUID, ids: Sequence[UUID]) -> None:
        """Forget deliveries that their consumers took."""
        taken = self._session.execute(
            delete(Outbox)
            .where(Outbox.tenant_id == tenant_id, Outbox.id.in_(ids))
            .returning(Outbox.consumer, Outbox.records, Outbox.size)
            .execution_options(synchronize_session=False)
        ).all()
        counted = [row for row in taken if row.consumer == shares.RECORDS]
        if counted:
            shares.shrink(
                self._session,
                tenant_id,
                records=sum(row.records for row in counted),
                size=sum(row.size for row in counted),
            )

    def give_back(self, claims: Sequence[Claim], *, until: datetime) -> None:
        """Return deliveries that were not tried, or whose consumer is down: this counts as no attempt."""
        for claim in claims:
            self._change(claim, not_before=until, attempts=Outbox.attempts - 1)

    def put_off(self, claim: Claim, *, until: datetime, error: str) -> None:
        """Keep a delivery that failed for a later attempt."""
        self._change(claim, not_before=until, last_error=error[:ERROR_LENGTH])

    def bury(self, claim: Claim, *, error: str) -> None:
        """Move a delivery that failed too often to where only an operator brings it back."""
        columns = [Outbox.__table__.c[name] for name in _COPIED]
        row = (
            self._session.execute(
                select(*columns)
                .where(*_identity(Outbox, claim.delivery), Outbox.attempts == claim.attempts)
                .with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is not None:
            values = {**row, "last_error": error[:ERROR_LENGTH], "buried_at": now()}
            self._session.execute(insert(OutboxDead).values(**values))
            self._session.execute(
                delete(Outbox)
                .where(*_identity(Outbox, claim.delivery))
                .execution_options(synchronize_session=False)
            )
            if row["consumer"] == shares.RECORDS:
                shares.shrink(self._session, row["tenant_id"], records=row["records"], size=row["size"])

    def requeue(self, *, tenant_id: UUID | None = None, consumer: str | None = None) -> int:
        """Bring buried deliveries back with a fresh count of attempts; return how many."""
        wanted: list[Any] = []
        if tenant_id is not None:
            wanted.append(OutboxDead.tenant_id == tenant_id)
        if consumer is not None:
            wanted.append(OutboxDead.consumer == consumer)
        columns = [OutboxDead.__table__.c[name] for name in _COPIED]
        # By tenant, so that of two who requeue at once neither waits for a count that the other holds.
        rows = self._session.execute(
            select(*columns)
            .where(*wanted)
            .order_by(OutboxDead.tenant_id, OutboxDead.id)
            .with_for_update(skip_locked=True)
        )
        waiting = rows.mappings().all()
        for row in waiting:
            self._session.execute(insert(Outbox).values(**{**row, "attempts": 0, "not_before": now()}))
            if row["consumer"] == shares.RECORDS:
                shares.grow(self._session, row["tenant_id"], records=row["records"], size=row["size"])
            self._session.execute(
                delete(OutboxDead)
                .where(OutboxDead.tenant_id == row["tenant_id"], OutboxDead.id == row["id"])
                .execution_options(synchronize_session=False)
            )
        return len(waiting)

    def backlog(self) -> Backlog:
        """Count what waits, what was buried, and how old the oldest waiting delivery is."""
        waiting, oldest = self._session.execute(select(func.count(), func.min(Outbox.created_at))).one()
        dead = self._session.scalar(select(func.count()).select_from(OutboxDead))
        return Backlog(waiting, dead, oldest)

    def backlog_by_consumer(self) -> list[tuple[str, int, datetime, str | None]]:
        """Return consumer, number waiting, oldest moment and one recent error, for people to read."""
        query = (
            select(Outbox.consumer, func.count(), func.min(Outbox.created_at), func.max(Outbox.last_error))
            .group_by(Outbox.consumer)
            .order_by(Outbox.consumer)
        )
        return [tuple(row) for row in self._session.execute(query)]

    def hold_lease(self, holder: str, duration: timedelta) -> bool:
        """Become or stay the only relay, unless another one holds the lease at this moment."""
        lease = self._session.get(RelayLease, _LEASE, with_for_update=True)
        if lease is None:
            self._session.add(RelayLease(name=_LEASE, holder=holder, until=now() + duration))
            return True
        if lease.holder != holder and lease.until > now():
            return False
        lease.holder, lease.until = holder, now() + duration
        return True

    def take_turn(self, name: str, holder: str, every: timedelta) -> bool:
        """Tell whether it is time for a step of upkeep; who is told so has the turn, and nobody else until the next."""
        name = f"upkeep {name}"
        turn = self._session.get(RelayLease, name, with_for_update=True)
        if turn is None:
            self._session.add(RelayLease(name=name, holder=holder, until=now() + every))
            return True
        if turn.until > now():
            return False
        turn.holder, turn.until = holder, now() + every
        return True

    def drop_lease(self, holder: str) -> None:
        """Let the next relay begin at once."""
        lease = self._session.get(RelayLease, _LEASE)
        if lease is not None and lease.holder == holder:
            lease.until = now()

    def _change(self, claim: Claim, **values: Any) -> None:
        # A relay whose lease ran out must not touch a delivery that another one has claimed since.
        self._session.execute(
            update(Outbox)
            .where(*_identity(Outbox, claim.delivery), Outbox.attempts == claim.attempts)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    @staticmethod
    def _due(paused: Collection[str]) -> list[Any]:
        due: list[Any] = [Outbox.not_before <= now()]
        if paused:
            due.append(Outbox.consumer.not_in(sorted(paused)))
        return due


def _identity(model: type[OutboxRow], delivery: Delivery) -> tuple[Any, Any]:
    return model.tenant_id == delivery.tenant_id, model.id == delivery.id


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        tenant_id=row.tenant_id,
        event=row.event,
        payload=row.payload,
        actor=row.actor,
        at=row.created_at,
        request_id=row.request_id,
        origin=row.origin or {},
        kept=row.kept,
    )
