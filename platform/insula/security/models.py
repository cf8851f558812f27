"""The table of policy versions."""

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
