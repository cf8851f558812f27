"""The outbox, where failed deliveries are kept, and the relay's lease."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import directory_wall, tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "events_0001"
down_revision = None
branch_labels = ("events",)
depends_on = ("db_0001",)


def upgrade() -> None:
    """Create the tables behind their walls."""
    op.create_table(
        "outbox",
        *_delivery_columns(),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_outbox"),
        sa.Index("ix_outbox_tenant_id_not_before_id", "tenant_id", "not_before", "id"),
    )
    tenant_wall("outbox")
    op.create_table(
        "outbox_dead",
        *_delivery_columns(),
        sa.Column("buried_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_outbox_dead"),
    )
    tenant_wall("outbox_dead")
    op.create_table(
        "relay_lease",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_relay_lease"),
    )
    directory_wall("relay_lease")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("relay_lease", "outbox_dead", "outbox"):
        op.drop_table(table)


def _delivery_columns() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("consumer", sa.String(80), nullable=False),
        sa.Column("event", sa.String(120), nullable=False),
        sa.Column("payload", JSONDocument, nullable=False),
        sa.Column("actor", sa.String(200)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("partition_key", sa.String(200), nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", UTCDateTime(), nullable=False),
    ]
