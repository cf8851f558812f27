"""Version counters."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import directory_wall, tenant_wall

revision = "db_0001"
down_revision = None
branch_labels = ("db",)
depends_on = None


def upgrade() -> None:
    """Create the table of version counters."""
    op.create_table(
        "version",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name="pk_version"),
    )
    tenant_wall("version")
    directory_wall("schema_revision")


def downgrade() -> None:
    """Drop the table of version counters."""
    op.drop_table("version")
