"""The tables file and file_usage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import UTCDateTime

revision = "files_0001"
down_revision = None
branch_labels = ("files",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the tables behind their walls."""
    op.create_table(
        "file",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("alt", sa.String(500), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", UTCDateTime(), nullable=False),
        sa.Column("changed", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_file"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_file_tenant_id", ondelete="CASCADE"),
    )
    op.create_index("ix_file_tenant_id_sha256", "file", ["tenant_id", "sha256"])
    op.create_table(
        "file_usage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_file_usage"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_file_usage_tenant_id", ondelete="CASCADE"
        ),
    )
    for table in ("file", "file_usage"):
        tenant_wall(table)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("file_usage")
    op.drop_table("file")
