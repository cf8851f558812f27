"""The tables of collections, their changes, and their entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, JSONText, UTCDateTime

revision = "collections_0001"
down_revision = None
branch_labels = ("collections",)
depends_on = ("tenancy_0001",)

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLES = ("collection", "collection_change", "entry", "entry_value", "entry_version")


def upgrade() -> None:
    """Create the tables behind their walls."""
    _collections()
    _entries()
    for table in _TABLES:
        tenant_wall(table)


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _collections() -> None:
    op.create_table(
        "collection",
        _id("tenant_id"),
        _id("id"),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("document", JSONDocument, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entries_version", sa.Integer(), nullable=False),
        sa.Column("created", UTCDateTime(), nullable=False),
        sa.Column("changed", UTCDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        _id("change_id", null=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_collection"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_collection_tenant_id_name"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_collection_tenant_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "collection_change",
        _id("tenant_id"),
        _id("id"),
        _id("collection_id"),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("document", JSONDocument, nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column("effects", JSONDocument, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failing", sa.Integer(), nullable=False),
        sa.Column("cursor", JSONDocument, nullable=True),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("finished", UTCDateTime(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_collection_change"),
        _of_collection("collection_change"),
    )
    op.create_index(
        "ix_collection_change_tenant_id_collection_id_id",
        "collection_change",
        ["tenant_id", "collection_id", "id"],
    )
    op.create_index("ix_collection_change_tenant_id_state", "collection_change", ["tenant_id", "state"])


def _entries() -> None:
    op.create_table(
        "entry",
        _id("tenant_id"),
        _id("collection_id"),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        _id("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", JSONText(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        _id("author_id", null=True),
        sa.Column("created", UTCDateTime(), nullable=False),
        sa.Column("changed", UTCDateTime(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("publish_at", UTCDateTime(), nullable=True),
        sa.Column("expire_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "collection_id", "stage", "id", name="pk_entry"),
        _of_collection("entry"),
    )
    for column in ("publish_at", "expire_at"):
        set_only = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_entry_tenant_id_{column}",
            "entry",
            ["tenant_id", column],
            sqlite_where=set_only,
            postgresql_where=set_only,
        )
    op.create_table(
        "entry_value",
        _id("tenant_id"),
        _id("collection_id"),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        _id("entry_id"),
        sa.Column("field", _KEY, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "collection_id", "stage", "entry_id", "field", "position", name="pk_entry_value"
        ),
        sqlite_with_rowid=False,
    )
    key = ["tenant_id", "collection_id", "stage", "field", "key"]
    op.create_index("ix_entry_value_key", "entry_value", [*key, "entry_id"])
    op.create_index(
        "uq_entry_value_taken",
        "entry_value",
        key,
        unique=True,
        sqlite_where=sa.text("taken"),
        postgresql_where=sa.text("taken"),
    )
    op.create_table(
        "entry_version",
        _id("tenant_id"),
        _id("collection_id"),
        _id("entry_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(10), nullable=False),
        sa.Column("document", JSONText(), nullable=False),
        _id("author_id", null=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "collection_id", "entry_id", "version", name="pk_entry_version"),
    )


def _of_collection(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "collection_id"],
        ["collection.tenant_id", "collection.id"],
        name=f"fk_{table}_tenant_id_collection_id",
        ondelete="CASCADE",
    )
