"""The words of entries, searched by FTS5 on SQLite and by a GIN index on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from insula.db.ddl import tenant_wall

revision = "collections_0002"
down_revision = "collections_0001"
branch_labels = None
depends_on = None

_FTS5 = """
CREATE VIRTUAL TABLE entry_search USING fts5 (
    tenant_id UNINDEXED, collection_id UNINDEXED, stage UNINDEXED, entry_id UNINDEXED, terms,
    tokenize = "unicode61 remove_diacritics 0 tokenchars '._'"
)
"""
# As a foreign key would: an FTS5 table can have none.
_GONE = """
CREATE TRIGGER entry_search_gone AFTER DELETE ON entry BEGIN
    DELETE FROM entry_search WHERE rowid IN (
        SELECT rowid FROM entry_search WHERE terms MATCH '"1' || OLD.id || OLD.stage || '"'
    );
END
"""
# Row security keeps an index from being used with an operator that is not leakproof, and those on words are not. So the
# function sees every row as its owner and puts the same wall up by itself.
_OWNER = "CREATE POLICY entry_search_owner ON entry_search FOR SELECT TO {} USING (true)"
_FOUND = """
CREATE FUNCTION entry_search_found(words tsquery) RETURNS TABLE (entry_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.entry_id FROM public.entry_search s
    WHERE s.tenant_id = (SELECT nullif(current_setting('insula.tenant', true), '')::uuid) AND s.terms @@ words
$$
"""


def upgrade() -> None:
    """Create the table of each database."""
    if op.get_context().dialect.name == "postgresql":
        _postgresql()
    else:
        op.execute(_FTS5)
        op.execute(_GONE)


def downgrade() -> None:
    """Drop the table."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION entry_search_found")
    else:
        op.execute("DROP TRIGGER entry_search_gone")
    op.drop_table("entry_search")


def _postgresql() -> None:
    op.create_table(
        "entry_search",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("terms", TSVECTOR, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "collection_id", "stage", "entry_id", name="pk_entry_search"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "collection_id", "stage", "entry_id"],
            ["entry.tenant_id", "entry.collection_id", "entry.stage", "entry.id"],
            name="fk_entry_search_entry",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_entry_search_terms", "entry_search", ["terms"], postgresql_using="gin")
    tenant_wall("entry_search")
    op.execute(_OWNER.format("current_user"))
    op.execute(_FOUND)
    op.execute("REVOKE ALL ON FUNCTION entry_search_found FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION entry_search_found TO insula_app, insula_system")
