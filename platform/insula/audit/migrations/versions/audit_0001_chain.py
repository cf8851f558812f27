"""The head of each tenant's chain of audit entries, and what its last verification found."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument

revision = "audit_0001"
down_revision = None
branch_labels = ("audit",)
depends_on = ("events_0004",)


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "audit_chain",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("millis", sa.BigInteger, nullable=False),
        sa.Column("verified", JSONDocument, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_audit_chain"),
    )
    tenant_wall("audit_chain")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("audit_chain")
