"""What a migration may say of a walled table: the wall binds the owner too, until all rows are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text

from insula.db.ddl import every_row
from insula.db.engines import engines_of
from tests.makers import TenantHandle


@contextmanager
def migrating(installation: Any) -> Iterator[Connection]:
    """Be inside a migration that is undone at the end."""
    with engines_of(installation.registry).migrate.connect() as opened:
        connection = opened.execution_options(insula_raw="migration")
        with connection.begin() as transaction, Operations.context(MigrationContext.configure(connection)):
            yield connection
            transaction.rollback()


@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
def test_a_data_migration_changes_rows_inside_every_row_and_none_outside(
    installation: Any, one: TenantHandle, two: TenantHandle
) -> None:
    ids = {"one": one.tenant.id, "two": two.tenant.id}
    changing = text("UPDATE version SET value = 9 WHERE name = 'tenant' AND tenant_id IN (:one, :two)")
    with migrating(installation) as connection:
        before = connection.execute(changing, ids).rowcount
        with every_row("version"):
            inside = connection.execute(changing, ids).rowcount
        after = connection.execute(changing, ids).rowcount
    assert (before, inside, after) == (0, 2, 0)


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_where_there_is_no_wall_every_row_is_seen_anyhow(installation: Any, one: TenantHandle) -> None:
    with migrating(installation) as connection, every_row("version"):
        changed = connection.execute(text("UPDATE version SET value = value + 1")).rowcount
    assert changed > 0
