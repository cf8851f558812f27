"""The table page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "website_0001"
down_revision = None
branch_labels = ("website",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "page",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(1024), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.String(500), nullable=False),
        sa.Column("blocks", JSONDocument, nullable=False),
        sa.Column("label", sa.String(60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("ask_to_sign_in", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", UTCDateTime(), nullable=False),
        sa.Column("updated", UTCDateTime(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_page"),
        sa.UniqueConstraint("tenant_id", "path", name="uq_page_tenant_id_path"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_page_tenant_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["page.tenant_id", "page.id"], name="fk_page_tenant_id_parent_id"
        ),
    )
    op.create_index("ix_page_tenant_id_parent_id", "page", ["tenant_id", "parent_id"])
    tenant_wall("page")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("page")
