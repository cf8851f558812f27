"""Policy versions."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "security_0001"
down_revision = None
branch_labels = ("security",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "policy_version",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("grid", JSONDocument, nullable=False),
        sa.Column("author", sa.String(200), nullable=True),
        sa.Column("message", sa.String(500), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name="pk_policy_version"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_policy_version_tenant_id", ondelete="CASCADE"
        ),
    )
    tenant_wall("policy_version")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("policy_version")
