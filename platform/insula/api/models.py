"""The table of idempotency keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import UTCDateTime


class IdempotencyKey(TenantOwned, Base):
    """One request that named itself: when it first arrived, who works on it, and what it was answered.

    `answer` is compressed JSON; a row without one and without a holder waits for a retry.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),
        Index("ix_idempotency_key_tenant_id_arrived_at", "tenant_id", "arrived_at"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    arrived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    holder: Mapped[str | None] = mapped_column(String(200))
    leased_until: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
