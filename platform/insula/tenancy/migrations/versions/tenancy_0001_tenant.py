"""Tenants and hosts."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import directory_wall
from insula.db.types import UTCDateTime

revision = "tenancy_0001"
down_revision = None
branch_labels = ("tenancy",)
depends_on = ("db_0001",)


def upgrade() -> None:
    """Create the directory tables."""
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("console", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
        sa.UniqueConstraint("name", name="uq_tenant_name"),
    )
    op.create_table(
        "host",
        sa.Column("name", sa.String(253), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("canonical", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_host"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_host_tenant_id", ondelete="CASCADE"),
    )
    op.create_index("ix_host_tenant_id", "host", ["tenant_id"])
    directory_wall("tenant")
    directory_wall("host")


def downgrade() -> None:
    """Drop the directory tables."""
    op.drop_table("host")
    op.drop_table("tenant")
