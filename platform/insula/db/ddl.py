"""What a migration says once its table exists: grants and row security on PostgreSQL, nothing on SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

_TENANT = "tenant_id = (SELECT nullif(current_setting('insula.tenant', true), '')::uuid)"


def tenant_wall(table: str) -> None:
    """Close a tenant-owned table: row security, forced on its owner too, and grants to the two roles."""
    if not _postgresql():
        return
    _run(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_tenant ON {table} USING ({_TENANT}) WITH CHECK ({_TENANT})",
        f"CREATE POLICY {table}_system ON {table} TO insula_system USING (true) WITH CHECK (true)",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO insula_app, insula_system",
    )


def directory_wall(table: str) -> None:
    """Open a directory table: read by those who serve tenants, written by the system role."""
    if _postgresql():
        _run(
            f"GRANT SELECT ON {table} TO insula_app",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO insula_system",
        )


@contextmanager
def every_row(table: str) -> Iterator[None]:
    """Let a data migration see all rows of `table`: FORCE binds the owner too, and an UPDATE would change nothing."""
    if not _postgresql():
        yield
        return
    _run(f"CREATE POLICY {table}_migration ON {table} TO current_user USING (true) WITH CHECK (true)")
    yield
    _run(f"DROP POLICY {table}_migration ON {table}")


def _postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _run(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)
