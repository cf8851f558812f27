"""Tokens know whether they administer and which token took their place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0003"
down_revision = "accounts_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no token made before is an administration token."""
    op.add_column("api_token", sa.Column("elevated", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("api_token", sa.Column("successor", sa.String(16), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("api_token", "successor")
    op.drop_column("api_token", "elevated")
