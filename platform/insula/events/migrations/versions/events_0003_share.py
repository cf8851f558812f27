"""The running count of the records of a tenant that wait for the store."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import every_row, tenant_wall

revision = "events_0003"
down_revision = "events_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table behind its wall, and count what waits already."""
    op.create_table(
        "outbox_share",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_outbox_share"),
    )
    tenant_wall("outbox_share")
    with every_row("outbox"), every_row("outbox_share"):
        op.execute(
            "INSERT INTO outbox_share (tenant_id, records, size) "
            "SELECT tenant_id, sum(records), sum(size) FROM outbox WHERE consumer = 'records' GROUP BY tenant_id"
        )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("outbox_share")
