"""The tables of files: what each is called and who may see it, and how much a tenant keeps."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import UTCDateTime
from insula.kit.ids import uuid7


class File(TenantOwned, Base):
    """A file; its bytes lie in the folder under their SHA-256."""

    __tablename__ = "file"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),
        Index("ix_file_tenant_id_sha256", "tenant_id", "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    public: Mapped[bool]
    alt: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[UUID | None]
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(UTCDateTime)
    changed: Mapped[datetime] = mapped_column(UTCDateTime)


class FileUsage(TenantOwned, Base):
    """How many bytes a tenant keeps; whoever adds or removes some waits here for the others."""

    __tablename__ = "file_usage"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),)

    bytes: Mapped[int] = mapped_column(BigInteger)
