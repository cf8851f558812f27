"""The table of what tenants have changed about their features."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime


class FeatureSetting(TenantOwned, Base):
    """One feature that a tenant has switched or configured at least once."""

    __tablename__ = "feature_setting"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),)

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    on: Mapped[bool] = mapped_column("is_on")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    version: Mapped[int]
    changed_by: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
