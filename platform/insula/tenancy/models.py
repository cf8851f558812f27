"""The directory tables: read before a tenant is known, written by the system role only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, Directory
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now
from insula.kit.ids import uuid7


class TenantRow(Directory, Base):
    """A tenant."""

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), default="active")
    console: Mapped[bool] = mapped_column(default=False)
    plan: Mapped[str] = mapped_column(String(63), default="standard")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class HostRow(Directory, Base):
    """A host a tenant answers on."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(String(253), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), index=True)
    canonical: Mapped[bool] = mapped_column(default=False)


class PlanRow(Directory, Base):
    """A plan, or the installation's own document."""

    __tablename__ = "plan"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    version: Mapped[int]
    changed_by: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
