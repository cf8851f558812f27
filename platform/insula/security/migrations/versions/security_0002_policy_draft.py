"""The draft of the next policy version."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import UTCDateTime

revision = "security_0002"
down_revision = "security_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "policy_draft",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(200), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_policy_draft"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_policy_draft_tenant_id", ondelete="CASCADE"
        ),
    )
    tenant_wall("policy_draft")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("policy_draft")
