"""The table of pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.ids import uuid7

# Sorted by code point on every store, for a dictionary's order passes over hyphens and slashes.
_Path = String(1024).with_variant(String(1024, collation="C"), "postgresql")


class Page(TenantOwned, Base):
    """A page; its path is materialised, so that a page and all above it are one statement at any depth."""

    __tablename__ = "page"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["page.tenant_id", "page.id"]),
        UniqueConstraint("tenant_id", "path"),
        Index("ix_page_tenant_id_parent_id", "tenant_id", "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    path: Mapped[str] = mapped_column(_Path)
    parent_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500))
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSONDocument)
    label: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[int | None]
    published: Mapped[bool]
    ask_to_sign_in: Mapped[bool]
    author_id: Mapped[UUID | None]
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(UTCDateTime)
    updated: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
