"""Rows for growth, made by SQL where asking for each would take hours, and compared with what the service writes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from bench.peers.insula import DOCUMENT, ENTRIES, NAMES, Insula
from insula.kit.clock import millis
from insula.kit.ids import millis_of
from insula.tenancy.interfaces import Tenant

_CHUNK: Final = 100_000
_TABLES: Final = {"entry": "id", "entry_value": "entry_id", "entry_version": "entry_id"}
# Made for each tenant rather than copied, or gone as soon as it is delivered.
_NOT_COPIED: Final = ("host", "outbox", "outbox_share")


class Differs(Exception):
    """What was made by SQL is not what the service writes."""


def connect(peer: Insula) -> psycopg.Connection[Any]:
    """Return a connection of the superuser to an installation's database."""
    where = peer.installation.settings["insula.db.url"].rpartition("@")[2]
    return psycopg.connect(f"postgresql://postgres@{where}", autocommit=True)


def fill(peer: Insula, tenant: Tenant, count: int) -> None:
    """Put so many entries into the airports of a tenant, a thousand in each millisecond, with keys and versions."""
    began = round(time.time() * 1000) - count // 1000
    with connect(peer) as connection, _replica(connection), _without_index(connection, "ix_entry_value_key"):
        for first in range(0, count, _CHUNK):
            given = {
                "tenant": tenant.id,
                "began": began,
                "first": first,
                "end": min(count, first + _CHUNK) - 1,
            }
            connection.execute(_FILL, given)


def settle(peer: Insula) -> None:
    """Leave nothing for the database to tidy up while it is asked."""
    with connect(peer) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def some_of(peer: Insula, tenant: Tenant, count: int) -> list[str]:
    """Return the ids of so many entries, from anywhere in the collection."""
    with connect(peer) as connection:
        listed = connection.execute(
            "SELECT id FROM entry WHERE tenant_id = %s ORDER BY random() LIMIT %s", [tenant.id, count]
        )
        return [str(row[0]) for row in listed]


def check(peer: Insula, count: int = 5) -> None:
    """Have the API write a few of the entries made here for a twin, and compare; raises Differs.

    Each is read by its id, found by all of its fields, and compared with its twin, as it is answered and row by row.
    """
    made, token = peer.tenant, peer.token
    ours = [peer.sent("GET", f"{ENTRIES}/{entry}") for entry in some_of(peer, made, count)]
    for each in ours:
        asked = {name: each[name] for name in ("iata", "state", "latitude", "longitude")}
        listed = peer.sent("GET", ENTRIES, params=asked)["data"]
        _same(listed, [each])
    peer.be(*peer.tenant_with_token())
    twin = peer.tenant
    peer.sent("POST", "/api/collections", json=DOCUMENT)
    peer.bulk([{name: each[name] for name in NAMES} for each in ours])
    twins = {each["iata"]: each for each in peer.sent("GET", ENTRIES)["data"]}
    peer.be(made, token)
    with connect(peer) as connection:
        for each in ours:
            other = twins[each["iata"]]
            _same(list(each), list(other))
            _same(_plain(each), _plain(other))
            mine = _rows(connection, made.id, UUID(each["id"]))
            _same(mine, _rows(connection, twin.id, UUID(other["id"])))


def copy_tenants(peer: Insula, of: Tenant, count: int) -> None:
    """Copy all rows of a tenant for so many made-up tenants, entries and versions included."""
    with connect(peer) as connection, _replica(connection):
        owned = connection.execute(
            "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t "
            "USING (table_schema, table_name) WHERE c.column_name = 'tenant_id' AND c.table_schema = 'public' "
            "AND t.table_type = 'BASE TABLE' AND c.table_name <> ALL (%s)",
            [list(_NOT_COPIED)],
        ).fetchall()
        _copy(connection, "tenant", "id", of.id, count)
        for (table,) in owned:
            _copy(connection, table, "tenant_id", of.id, count)


def _copy(connection: psycopg.Connection[Any], table: str, key: str, of: UUID, count: int) -> None:
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
            "AND table_schema = 'public' AND is_generated = 'NEVER'",
            [table],
        )
    ]
    given = {key: "lpad(to_hex(n + 1), 32, '0')::uuid"}
    if table == "tenant":
        given |= dict.fromkeys(("name", "title"), "'made-' || n")
    named = ", ".join(f'"{name}"' for name in columns)
    chosen = ", ".join(given.get(name, f't."{name}"') for name in columns)
    connection.execute(
        # Tenant by tenant, in the order of every index.
        f'INSERT INTO "{table}" ({named}) SELECT {chosen} FROM generate_series(1, %(count)s::int) n, '  # noqa: S608  # names of the schema
        f'LATERAL (SELECT * FROM "{table}" WHERE "{key}" = %(of)s OFFSET 0 * n) t',
        {"of": of, "count": count},
    )


@contextmanager
def _replica(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Have foreign keys rest: what is made leads where it should."""
    connection.execute("SET session_replication_role = replica")
    yield
    connection.execute("RESET session_replication_role")


@contextmanager
def _without_index(connection: psycopg.Connection[Any], name: str) -> Iterator[None]:
    """Make an index anew behind the rows, rather than row by row in an order that is not its own."""
    definition = _one(connection, "SELECT pg_get_indexdef(%s::regclass)", name)
    connection.execute(f'DROP INDEX "{name}"')
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute(definition)


def _one(connection: psycopg.Connection[Any], asked: LiteralString, given: object) -> Any:
    found = connection.execute(asked, [given]).fetchone()
    return found[0] if found else None


def _same(ours: object, theirs: object) -> None:
    if ours != theirs:
        raise Differs(f"Made by SQL: {ours}\nby the API:  {theirs}")


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in (*NAMES, "version", "status")}


def _rows(connection: psycopg.Connection[Any], tenant_id: UUID, entry_id: UUID) -> list[Any]:
    """Return what is kept of an entry, with names for its ids and times since the one in its id, in milliseconds."""
    names = {
        tenant_id: "tenant",
        entry_id: "entry",
        _one(connection, "SELECT id FROM collection WHERE tenant_id = %s", tenant_id): "collection",
        _one(connection, "SELECT id FROM account WHERE tenant_id = %s", tenant_id): "account",
    }

    def named(value: Any) -> Any:
        if isinstance(value, datetime):
            return millis(value) - millis_of(entry_id)
        return names.get(value, value) if isinstance(value, UUID) else value

    rows: list[Any] = []
    for table, key in _TABLES.items():
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                f"SELECT * FROM {table} WHERE tenant_id = %s AND {key} = %s",  # noqa: S608  # names of the schema
                [tenant_id, entry_id],
            )
            listed = [{name: named(value) for name, value in row.items()} for row in cursor]
        rows.append(sorted(listed, key=str))
    return rows


_DECIMAL: Final = """CASE WHEN {0} < 0 THEN '17fffffffffffffff' ELSE '18000000000000000' END
                     || lpad(to_hex({0}), 16, '0')"""
_FILL: Final = f"""
WITH place AS (
    SELECT c.tenant_id, c.id AS collection_id, c.version AS schema_version, a.id AS account_id
    FROM collection c JOIN account a USING (tenant_id) WHERE c.tenant_id = %(tenant)s
), drawn AS MATERIALIZED (
    SELECT n, %(began)s::bigint + n / 1000 AS ms, replace(gen_random_uuid()::text, '-', '') AS bits,
           (string_to_array('AK AL AZ CA CA CA CO FL GA IL MI MN NC NY OH OR PA TX TX TX VA WA WI', ' '))
               [1 + floor(random() * 23)::int] AS state,
           18000000 + floor(random() * 53000000)::bigint AS latitude,
           -171000000 + floor(random() * 105000000)::bigint AS longitude
    FROM generate_series(%(first)s::int, %(end)s::int) n
), made AS MATERIALIZED (
    SELECT p.*, (lpad(to_hex(ms), 12, '0') || '7' || substr(bits, 14))::uuid AS id,
           timestamptz 'epoch' + ms * interval '1 millisecond' AS at, 'M' || n AS iata, state,
           {_DECIMAL.format("latitude")} AS latitude, {_DECIMAL.format("longitude")} AS longitude,
           jsonb_build_object(
               'iata', 'M' || n, 'name', state || ' Municipal Airport ' || n, 'city', 'City ' || n %% 977,
               'state', state, 'latitude', (latitude / 1000000.0)::numeric(9, 6)::text,
               'longitude', (longitude / 1000000.0)::numeric(9, 6)::text) AS document
    FROM drawn, place p ORDER BY 5
), entries AS (
    INSERT INTO entry (tenant_id, collection_id, stage, id, version, document, schema_version, author_id,
                       created, changed, published_at)
    SELECT tenant_id, collection_id, 0, id, 1, document, schema_version, account_id, at, at, at FROM made
), kept AS (
    INSERT INTO entry_version (tenant_id, collection_id, entry_id, version, act, document, author_id, at)
    SELECT tenant_id, collection_id, id, 1, 'create', document, account_id, at FROM made
)
INSERT INTO entry_value (tenant_id, collection_id, stage, entry_id, field, position, key, taken)
SELECT tenant_id, collection_id, 0, id, v.field, 0, v.key, v.field = 'iata'
FROM made, LATERAL (VALUES
    ('iata', '1' || iata), ('state', '1' || state), ('latitude', latitude), ('longitude', longitude),
    ('state+latitude', '1' || state || chr(1) || latitude || chr(1))) v (field, key)
"""  # noqa: S608  # every part of it is written above
