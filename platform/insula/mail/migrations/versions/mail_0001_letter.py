"""The letters of a tenant."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import UTCDateTime

revision = "mail_0001"
down_revision = None
branch_labels = ("mail",)
depends_on = ("events_0001",)


def upgrade() -> None:
    """Create the table behind its wall."""
    op.create_table(
        "letter",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("html", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("settled_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_letter"),
        sa.Index("ix_letter_tenant_id_created_at", "tenant_id", "created_at"),
    )
    tenant_wall("letter")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("letter")
