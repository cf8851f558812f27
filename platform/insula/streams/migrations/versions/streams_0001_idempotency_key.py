"""The table idempotency_key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import UTCDateTime

revision = "streams_0001"
down_revision = None
branch_labels = ("streams",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "idempotency_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(200), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("arrived_at", UTCDateTime(), nullable=False),
        sa.Column("holder", sa.String(200), nullable=True),
        sa.Column("leased_until", UTCDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "endpoint", "key", name="pk_idempotency_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name="fk_idempotency_key_tenant_id_tenant", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_idempotency_key_tenant_id_arrived_at", "idempotency_key", ["tenant_id", "arrived_at"])
    tenant_wall("idempotency_key")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("idempotency_key")
