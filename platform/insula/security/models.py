"""The tables of policy versions, of the draft of the next one, and of the test cases that both have to pass."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now
from insula.kit.ids import uuid7


class PolicyRow(TenantOwned, Base):
    """One version of one tenant's policy; its number is the value that the version counter had then.

    A version on trial binds until a moment, and from then on the one that it returns to does.
    """

    __tablename__ = "policy_version"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    grid: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    author: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    returns_to: Mapped[int | None]


class PolicyDraftRow(TenantOwned, Base):
    """The document one tenant is working on; its version is the value that the counter of drafts had then.

    A draft from before drafts had a grid has none, which means the grid in force.
    """

    __tablename__ = "policy_draft"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),)

    version: Mapped[int]
    base: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    grid: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument)
    author: Mapped[str | None] = mapped_column(String(200))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class PolicyTestRow(TenantOwned, Base):
    """One question and the answer that every published policy has to give."""

    __tablename__ = "policy_test"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(120))
    question: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    allowed: Mapped[bool]
    version: Mapped[int]
    author: Mapped[str | None] = mapped_column(String(200))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
