"""The tables of collections and of their entries, shared by all tenants and all collections."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, JSONText, UTCDateTime
from insula.kit.ids import uuid7

Key: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point on every database."""


class CollectionRow(TenantOwned, Base):
    """A collection: the document that declares it, and the change that is being applied to its entries."""

    __tablename__ = "collection"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(63))
    document: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    version: Mapped[int]
    entries_version: Mapped[int]
    """Entries written at an older version than this one have yet to be rewritten."""
    created: Mapped[datetime] = mapped_column(UTCDateTime)
    changed: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by: Mapped[str] = mapped_column(String(200))
    change_id: Mapped[UUID | None]
    renames: Mapped[list[list[str]] | None] = mapped_column(JSONDocument)
    """Former names of fields, each with the next one, oldest first; null where the document alone says them."""


class CollectionChange(TenantOwned, Base):
    """A change of a collection's document, from the plan to the last entry rewritten."""

    __tablename__ = "collection_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "collection_id"], ["collection.tenant_id", "collection.id"], ondelete="CASCADE"
        ),
        Index(None, "tenant_id", "collection_id", "id"),
        Index(None, "tenant_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    collection_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(10))
    document: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    from_version: Mapped[int]
    effects: Mapped[list[dict[str, Any]]] = mapped_column(JSONDocument)
    total: Mapped[int]
    done: Mapped[int]
    failing: Mapped[int]
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument)
    """Up to which entry the batches have come."""
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished: Mapped[datetime | None] = mapped_column(UTCDateTime)
    detail: Mapped[str] = mapped_column(Text)


class EntryRow(TenantOwned, Base):
    """One document of an entry: what visitors read, what is being worked on, or what was thrown away."""

    __tablename__ = "entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "collection_id"], ["collection.tenant_id", "collection.id"], ondelete="CASCADE"
        ),
        Index(
            "ix_entry_tenant_id_publish_at",
            "tenant_id",
            "publish_at",
            sqlite_where=text("publish_at IS NOT NULL"),
            postgresql_where=text("publish_at IS NOT NULL"),
        ),
        Index(
            "ix_entry_tenant_id_expire_at",
            "tenant_id",
            "expire_at",
            sqlite_where=text("expire_at IS NOT NULL"),
            postgresql_where=text("expire_at IS NOT NULL"),
        ),
    )

    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    document: Mapped[str] = mapped_column(JSONText)
    schema_version: Mapped[int]
    author_id: Mapped[UUID | None]
    created: Mapped[datetime] = mapped_column(UTCDateTime)
    changed: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expire_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class EntryValue(TenantOwned, Base):
    """The key of one value of an indexed or unique field; `field` is `a+b` where fields are indexed together."""

    __tablename__ = "entry_value"
    __table_args__ = (
        Index(
            "ix_entry_value_key",
            *("tenant_id", "collection_id", "stage", "field", "key", "entry_id"),
        ),
        Index(
            "uq_entry_value_taken",
            *("tenant_id", "collection_id", "stage", "field", "key"),
            unique=True,
            sqlite_where=text("taken"),
            postgresql_where=text("taken"),
        ),
        {"sqlite_with_rowid": False},
    )

    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(Key, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    key: Mapped[str] = mapped_column(Key)
    taken: Mapped[bool]
    """Whether no other entry of this stage may have the key: a value of a unique field, outside of the trash."""


class EntryVersion(TenantOwned, Base):
    """What an entry was after each write."""

    __tablename__ = "entry_version"

    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(String(10))
    document: Mapped[str] = mapped_column(JSONText)
    author_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class EntrySearch(TenantOwned, Base):
    """The words of one document: an FTS5 table on SQLite, a vector behind a GIN index on PostgreSQL.

    They go with their document, by a foreign key or a trigger.
    """

    __tablename__ = "entry_search"
    __table_args__ = (Index("ix_entry_search_terms", "terms", postgresql_using="gin"),)

    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    terms: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR, "postgresql"))


class EntryImport(TenantOwned, Base):
    """How far an import has come that was broken off; the same file goes on behind it."""

    __tablename__ = "entry_import"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "collection_id"], ["collection.tenant_id", "collection.id"], ondelete="CASCADE"
        ),
    )

    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the file."""
    line: Mapped[int]
    """The last line that was taken in."""
    created: Mapped[int]
    refused: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
