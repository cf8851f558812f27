"""The catalogue of streams."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "records_0001"
down_revision = None
branch_labels = ("records",)
depends_on = ("db_0001",)


def upgrade() -> None:
    """Create the tables behind their walls."""
    op.create_table(
        "stream",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("document", JSONDocument, nullable=False),
        sa.Column("time_field", sa.String(100), nullable=True),
        sa.Column("series_field", sa.String(100), nullable=True),
        sa.Column("kept_by", sa.String(6), nullable=False),
        sa.Column("retention", sa.String(8), nullable=False),
        sa.Column("backfill_days", sa.Integer(), nullable=False),
        sa.Column("created", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stream"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_stream_tenant_id"),
    )
    tenant_wall("stream")
    op.create_table(
        "stream_layout",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("width_seconds", sa.Integer(), nullable=False),
        sa.Column("shards", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "stream_id", "valid_from", name="pk_stream_layout"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stream_id"],
            ["stream.tenant_id", "stream.id"],
            name="fk_stream_layout_tenant_id_stream",
            ondelete="CASCADE",
        ),
    )
    tenant_wall("stream_layout")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("stream_layout")
    op.drop_table("stream")
