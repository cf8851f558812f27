"""The tables of the outbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, Directory, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now
from insula.kit.ids import uuid7


class OutboxRow(TenantOwned):
    """What a waiting and a buried delivery have in common."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    consumer: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    actor: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(64))
    origin: Mapped[dict[str, str] | None] = mapped_column(JSONDocument)
    kept: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument)
    partition_key: Mapped[str] = mapped_column(String(200), default="")
    records: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Outbox(OutboxRow, Base):
    """A delivery that waits; `not_before` also carries the lease of the relay that claimed it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_tenant_id_not_before_id", "tenant_id", "not_before", "id"),
        Index("ix_outbox_tenant_id_consumer_created_at", "tenant_id", "consumer", "created_at"),
    )

    not_before: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class OutboxDead(OutboxRow, Base):
    """A delivery that failed too often; it stays until an operator requeues it."""

    __tablename__ = "outbox_dead"

    buried_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class OutboxShare(TenantOwned, Base):
    """How many records of the tenant wait for the store, and their bytes; kept by `events.shares` alone."""

    __tablename__ = "outbox_share"

    records: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)


class RelayLease(Directory, Base):
    """Which relay works where only one may, as on SQLite."""

    __tablename__ = "relay_lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    until: Mapped[datetime] = mapped_column(UTCDateTime)
