"""The table of counters. It belongs to no tenant: addresses are counted before there is one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base


class RateRow(Base):
    """One counter: the number of its window, the counts of the window before and of this one, and when it ends."""

    __tablename__ = "rate_limit"
    __table_args__ = (Index("ix_rate_limit_expires_at", "expires_at"),)

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    span: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[float] = mapped_column(Double)
