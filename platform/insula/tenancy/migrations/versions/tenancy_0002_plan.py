"""Plans, the installation's own document, and the plan of each tenant."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import directory_wall
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now

revision = "tenancy_0002"
down_revision = "tenancy_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with the two documents that are always there, which bind nobody yet."""
    plan = op.create_table(
        "plan",
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("document", JSONDocument, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_plan"),
    )
    directory_wall("plan")
    made = {"document": {}, "version": 1, "changed_by": None, "changed_at": now()}
    op.bulk_insert(
        plan,
        [
            {"name": "installation", "title": "Installation", **made},
            {"name": "standard", "title": "Standard", **made},
        ],
    )
    # Added without a foreign key, for which SQLite would write the whole table anew.
    op.add_column("tenant", sa.Column("plan", sa.String(63), nullable=False, server_default="standard"))


def downgrade() -> None:
    """Drop what was added."""
    op.drop_column("tenant", "plan")
    op.drop_table("plan")
