"""How far imports have come, and what PostgreSQL has to know to judge how many entries a collection has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import UTCDateTime

revision = "collections_0003"
down_revision = "collections_0002"
branch_labels = None
depends_on = None

# A collection has one tenant: whoever takes the two for independent thinks that there are next to no rows of both.
_STATISTICS = (
    "CREATE STATISTICS {table}_place (ndistinct, dependencies) "
    "ON tenant_id, collection_id, stage FROM {table}"
)


def upgrade() -> None:
    """Create the table and the statistics."""
    op.create_table(
        "entry_import",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "collection_id", "digest", name="pk_entry_import"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "collection_id"],
            ["collection.tenant_id", "collection.id"],
            name="fk_entry_import_tenant_id_collection_id",
            ondelete="CASCADE",
        ),
    )
    tenant_wall("entry_import")
    if op.get_context().dialect.name == "postgresql":
        for table in ("entry", "entry_value"):
            op.execute(_STATISTICS.format(table=table))


def downgrade() -> None:
    """Drop them."""
    if op.get_context().dialect.name == "postgresql":
        for table in ("entry", "entry_value"):
            op.execute(f"DROP STATISTICS {table}_place")
    op.drop_table("entry_import")
