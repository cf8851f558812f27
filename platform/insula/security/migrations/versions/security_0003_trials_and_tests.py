"""Versions on trial, the grid of a draft, and test cases."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "security_0003"
down_revision = "security_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the table behind its wall."""
    op.add_column("policy_version", sa.Column("until", UTCDateTime(), nullable=True))
    op.add_column("policy_version", sa.Column("returns_to", sa.Integer(), nullable=True))
    op.add_column("policy_draft", sa.Column("grid", JSONDocument, nullable=True))
    op.create_table(
        "policy_test",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("question", JSONDocument, nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(200), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_policy_test"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_policy_test_tenant_id_name"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_policy_test_tenant_id", ondelete="CASCADE"
        ),
    )
    tenant_wall("policy_test")


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("policy_test")
    for table, column in (
        ("policy_draft", "grid"),
        ("policy_version", "returns_to"),
        ("policy_version", "until"),
    ):
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
