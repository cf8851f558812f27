"""The tables of policy versions and of the draft of the next one."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now


class PolicyRow(TenantOwned, Base):
    """One version of one tenant's policy; its number is the value that the version counter had then."""

    __tablename__ = "policy_version"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    grid: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    author: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class PolicyDraftRow(TenantOwned, Base):
    """The text one tenant is working on; its version is the value that the counter of drafts had then."""

    __tablename__ = "policy_draft"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),)

    version: Mapped[int]
    base: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(String(200))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
