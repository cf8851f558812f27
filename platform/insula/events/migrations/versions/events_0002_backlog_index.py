"""An index that counts the backlog and finds its oldest delivery without reading what is delivered."""

from alembic import op

revision = "events_0002"
down_revision = "events_0001"
branch_labels = None
depends_on = None

_NAME = "ix_outbox_tenant_id_consumer_created_at"


def upgrade() -> None:
    """Create the index."""
    op.create_index(_NAME, "outbox", ["tenant_id", "consumer", "created_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(_NAME, "outbox")
