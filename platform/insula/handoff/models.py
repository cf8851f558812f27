"""Tables of the hand-off: leave that tenants give, and entries that rest on it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import UTCDateTime
from insula.kit.clock import now
from insula.kit.ids import uuid7


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE")


class Grant(TenantOwned, Base):
    """Leave to enter; without an operator it is any operator's."""

    __tablename__ = "operator_grant"
    __table_args__ = (_of_tenant(), Index(None, "tenant_id", "asked_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    console_id: Mapped[UUID | None]
    operator_id: Mapped[UUID | None]
    operator: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    granted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    granted_by: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Entry(TenantOwned, Base):
    """A code that the console made, and the session that it became; of both secrets only the SHA-256."""

    __tablename__ = "operator_entry"
    __table_args__ = (
        _of_tenant(),
        ForeignKeyConstraint(
            ["tenant_id", "grant_id"], ["operator_grant.tenant_id", "operator_grant.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "code_sha256"),
        UniqueConstraint("tenant_id", "secret_sha256"),
        Index(None, "tenant_id", "grant_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    grant_id: Mapped[UUID]
    console_id: Mapped[UUID]
    operator_id: Mapped[UUID]
    sign_in_id: Mapped[UUID]
    operator: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(253))
    challenge: Mapped[str] = mapped_column(String(43))
    code_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    code_expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    secret_sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    account_id: Mapped[UUID | None]
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Told(TenantOwned, Base):
    """Which deliveries the console has on its own record already."""

    __tablename__ = "operator_told"
    __table_args__ = (_of_tenant(), Index(None, "tenant_id", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
