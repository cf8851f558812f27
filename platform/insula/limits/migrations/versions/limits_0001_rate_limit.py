"""The counters of rate limits, where the database keeps them."""

import sqlalchemy as sa
from alembic import op

revision = "limits_0001"
down_revision = None
branch_labels = ("limits",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the table; those who serve tenants count in it."""
    postgresql = op.get_context().dialect.name == "postgresql"
    op.create_table(
        "rate_limit",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("span", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rate_limit"),
        # Counters of the last minutes are worth nothing after a crash.
        prefixes=["UNLOGGED"] if postgresql else [],
    )
    op.create_index("ix_rate_limit_expires_at", "rate_limit", ["expires_at"])
    if postgresql:
        op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limit TO insula_app, insula_system")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("rate_limit")
