"""Alembic's environment: the connection and the folders come from `insula.db.revisions`."""

from alembic import context

from insula.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="schema_revision",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
