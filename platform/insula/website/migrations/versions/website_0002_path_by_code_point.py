"""Paths sort by code point, whatever language the database sorts in."""

from __future__ import annotations

from alembic import op

revision = "website_0002"
down_revision = "website_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the collation of the column, and with it of its unique index; SQLite has always sorted so."""
    _sort_by("C")


def downgrade() -> None:
    """Sort as the database does."""
    _sort_by("default")


def _sort_by(collation: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(f'ALTER TABLE page ALTER COLUMN path TYPE varchar(1024) COLLATE "{collation}"')
