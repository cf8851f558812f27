"""The table feature_setting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "features_0001"
down_revision = None
branch_labels = ("features",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "feature_setting",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("settings", JSONDocument, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name="pk_feature_setting"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_feature_setting_tenant_id_tenant", ondelete="CASCADE"
        ),
    )
    tenant_wall("feature_setting")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("feature_setting")
