"""All names that the fields of a collection had, by which versions of entries are read."""

import sqlalchemy as sa
from alembic import op

from insula.db.types import JSONDocument

revision = "collections_0004"
down_revision = "collections_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("collection", sa.Column("renames", JSONDocument, nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("collection", "renames")
