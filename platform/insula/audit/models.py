"""The table of the audit room."""

from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument


class AuditChain(TenantOwned, Base):
    """The head of a tenant's chain: the last position that was assigned, and its hash.

    It names no row of the directory: what records events stands on storeys that know tenants by their ids only.
    """

    __tablename__ = "audit_chain"

    position: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(String(64))
    millis: Mapped[int] = mapped_column(BigInteger, default=0)
    verified: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument)
