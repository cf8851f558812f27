"""What a consumer keeps with a delivery until it is acknowledged, and where the act came from."""

import sqlalchemy as sa
from alembic import op

from insula.db.types import JSONDocument

revision = "events_0004"
down_revision = "events_0003"
branch_labels = None
depends_on = None

_TABLES = ("outbox", "outbox_dead")
_COLUMNS = ("origin", "kept")


def upgrade() -> None:
    """Add the columns."""
    for table in _TABLES:
        for column in _COLUMNS:
            op.add_column(table, sa.Column(column, JSONDocument, nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for table in _TABLES:
        for column in _COLUMNS:
            op.drop_column(table, column)
