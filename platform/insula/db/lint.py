"""The schema linter: a table is tenant-owned in every key, or on the short list of directory tables."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from insula.db.guard import RAW

DIRECTORY = frozenset(
    {
        "tenant",
        "host",
        "plan",
        "schema_revision",
        "relay_lease",
        # Counters of the last minutes: addresses are counted before there is a tenant.
        "rate_limit",
        # Which steps of the record store were applied, in PostgreSQL itself and for Cassandra.
        "insula_records.step",
        "insula_records.cql_step",
    }
)

# The rows of every room, and the records where this database keeps them.
_SCHEMAS = {"public": "", "insula_records": "insula_records."}

_TABLES = """
SELECT c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),
       coalesce(c.reloptions::text, ''),
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
FROM pg_class c WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY c.relname
"""
_KEYS = """
SELECT t.relname, i.relname, a.attname
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
WHERE t.relnamespace = to_regnamespace(:schema)
-- An index of words holds the tenant as one of the words.
AND i.relam <> (SELECT oid FROM pg_am WHERE amname = 'gin')
"""
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'insula\\_%' AND (rolsuper OR rolbypassrls)"
_FOREIGN = """
SELECT t.relname, k.conname, f.relname,
       (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1])
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND k.connamespace = to_regnamespace(:schema)
"""
# Policies unite: one that names no tenant opens the table, whatever the others say. The system role has one on purpose.
_OPEN = """
SELECT tablename, policyname FROM pg_policies
WHERE schemaname = :schema AND permissive = 'PERMISSIVE' AND roles && ARRAY['public', 'insula_app']::name[] AND (
    coalesce(qual, with_check, '') NOT LIKE '%insula.tenant%'
    OR coalesce(with_check, qual, '') NOT LIKE '%insula.tenant%'
)
"""


def lint_models(metadata: MetaData) -> Iterator[str]:
    """Yield what is wrong with the tables as declared."""
    for table in metadata.sorted_tables:
        if table.name in DIRECTORY:
            continue
        if "tenant_id" not in table.c:
            yield f"{table.name}: neither tenant-owned nor a directory table"
            continue
        yield from _lint_keys(table)


def _lint_keys(table: Table) -> Iterator[str]:
    for constraint in table.constraints:
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint)):
            if not constraint.columns or next(iter(constraint.columns)).name != "tenant_id":
                yield f"{table.name}: {constraint.name or 'a key'} does not begin with tenant_id"
        elif isinstance(constraint, ForeignKeyConstraint):
            target = constraint.elements[0].target_fullname.split(".")[0]
            if target not in DIRECTORY and constraint.column_keys[0] != "tenant_id":
                yield f"{table.name}: the foreign key to {target} does not begin with tenant_id"
    for index in table.indexes:
        if index.dialect_options["postgresql"]["using"] == "gin":
            # An index of words holds the tenant as one of the words.
            continue
        first = next(iter(index.columns), None)
        if first is None or first.name != "tenant_id":
            yield f"{table.name}: index {index.name} does not begin with tenant_id"


def lint_database(connection: Connection) -> Iterator[str]:
    """Yield what is wrong with the tables as they are in PostgreSQL."""
    connection = connection.execution_options(**{RAW: "the linter reads the catalogue"})
    for schema, prefix in _SCHEMAS.items():
        for problem in _lint_schema(connection, schema, prefix):
            yield f"{prefix}{problem}"
    for role in connection.execute(text(_ROLES)).scalars():
        yield f"{role}: a superuser or BYPASSRLS role sees every row"


def _lint_schema(connection: Connection, schema: str, prefix: str) -> Iterator[str]:
    where = {"schema": schema}
    owned: set[str] = set()
    for name, kind, *facts in connection.execute(text(_TABLES), where):
        if f"{prefix}{name}" in DIRECTORY:
            continue
        if kind in ("r", "p"):
            owned.add(name)
        yield from _lint_relation(name, kind, *facts)
    for table, index, first in connection.execute(text(_KEYS), where):
        if table in owned and first != "tenant_id":
            yield f"{table}: index {index} does not begin with tenant_id"
    for table, constraint, target, first in connection.execute(text(_FOREIGN), where):
        if table in owned and target not in DIRECTORY and first != "tenant_id":
            yield f"{table}: foreign key {constraint} does not begin with tenant_id"
    for table, policy in connection.execute(text(_OPEN), where):
        yield f"{table}: the policy {policy} names no tenant"


def _lint_relation(name: str, kind: str, *facts: Any) -> Iterator[str]:
    enabled, forced, owner, options, policies = facts
    if kind == "m":
        yield f"{name}: a materialised view has no row security"
    elif kind == "v":
        if "security_invoker=true" not in options:
            yield f"{name}: a view runs as its owner unless security_invoker is set"
    else:
        if not (enabled and forced):
            yield f"{name}: row security is not enabled and forced"
        if not policies:
            yield f"{name}: no policy"
        if owner in ("insula_app", "insula_system"):
            yield f"{name}: owned by the role that serves requests"
