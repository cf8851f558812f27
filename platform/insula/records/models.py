"""Tables of the catalogue: what each tenant declared, and how it is cut into partitions since when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now
from insula.kit.ids import uuid7


class StreamRow(TenantOwned, Base):
    """A declared stream."""

    __tablename__ = "stream"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    time_field: Mapped[str | None] = mapped_column(String(100))
    series_field: Mapped[str | None] = mapped_column(String(100))
    kept_by: Mapped[str] = mapped_column(String(6))
    retention: Mapped[str] = mapped_column(String(8))
    backfill_days: Mapped[int]
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class StreamLayout(TenantOwned, Base):
    """How a stream's records are cut from one moment on; the past keeps what it was written with."""

    __tablename__ = "stream_layout"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "stream_id"], ["stream.tenant_id", "stream.id"], ondelete="CASCADE"
        ),
    )

    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    width_seconds: Mapped[int]
    shards: Mapped[int]
