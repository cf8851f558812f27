"""The declarative base and the two kinds of tables there are: tenant-owned and directory."""

from uuid import UUID

from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all relational models."""

    metadata = MetaData(naming_convention=NAMING)


class TenantOwned:
    """Mixin of tables whose rows belong to one tenant: `tenant_id` leads the primary key."""

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:  # noqa: N805  # SQLAlchemy calls it with the class
        """Return the column of the owner; the session stamps it."""
        return mapped_column(primary_key=True, sort_order=-100)


class Directory:
    """Mixin of the few tables that are read before a tenant is known, and written by the system role only."""


class Version(TenantOwned, Base):
    """A counter that tells processes when a tenant's cached policy, settings or features are out of date."""

    __tablename__ = "version"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


def is_tenant_owned(table: object) -> bool:
    """Tell whether a table's rows belong to tenants."""
    columns = getattr(table, "c", {})
    return "tenant_id" in columns and bool(columns["tenant_id"].primary_key)
