"""Records in PostgreSQL, behind row security."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from insula.kit.ids import millis_of
from insula.observability.log import get
from insula.records.interfaces import NewRecord, StoreUnavailable, Stream
from insula.records.rows import MINUTE, Cut
from insula.records.sql import statements
from insula.records.sql.owner import BECOME_OWNER, CAN_BECOME_OWNER
from insula.records.sql.store import SQLRecordStore
from insula.records.steps import load, outstanding

log = get("insula.records")

_TENANT = "SELECT set_config('insula.tenant', %s, true)"
_CASTS = {"ids": "uuid[]", "series": "text[]", "bodies": "bytea[]", "written": "bigint[]"} | dict.fromkeys(
    ("numbers", "ends", "shards"), "integer[]"
)
_LOCK = 0x496E73756C61  # any number will do as long as every migrator takes the same

_LEDGER = """
CREATE SCHEMA IF NOT EXISTS insula_records;
CREATE TABLE IF NOT EXISTS insula_records.step (
    name text PRIMARY KEY, checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now()
)
"""

# What the application's own role may do; where it connects as the owner of the tables, nothing needs to be granted.
_GRANTS = """
GRANT USAGE ON SCHEMA insula_records TO {role};
GRANT SELECT, INSERT, UPDATE ON insula_records.record, insula_records.record_bucket TO {role};
GRANT SELECT ON insula_records.step TO {role}
"""

# Serving deletes nothing; only what tends the installation does.
_UPKEEP = "insula_system"
_GRANT_UPKEEP = f"GRANT DELETE ON insula_records.record, insula_records.record_bucket TO {_UPKEEP}"

Connection = psycopg.Connection[Any]
Answer = TypeVar("Answer")


class PostgreSQLRecordStore(SQLRecordStore):
    """Keeps records in the schema `insula_records`; the transaction names its tenant in the same round trip."""

    def __init__(
        self,
        url: str,
        *,
        migrate_url: str | None = None,
        upkeep_url: str | None = None,
        roles: Sequence[str] = (),
        connect_seconds: int = 3,
        statement_seconds: float = 10,
        pool_size: int = 16,
    ) -> None:
        super().__init__(url)
        self.steps = load("postgresql")
        self._migrate_url = migrate_url or url
        self._roles = tuple(roles)
        self._pool_size = pool_size
        self._connect_args: dict[str, Any] = {
            "connect_timeout": connect_seconds,
            "options": f"-c statement_timeout={int(statement_seconds * 1000)}",
        }
        # The role that tends the installation keeps connections of its own: a sweep has a delete for every stream.
        self._upkeep = (
            PostgreSQLRecordStore(
                upkeep_url, connect_seconds=connect_seconds, statement_seconds=statement_seconds, pool_size=2
            )
            if upkeep_url and upkeep_url != url
            else self
        )

    def migrate(self) -> list[str]:
        engine = create_engine(self._migrate_url, connect_args={"connect_timeout": 5}, pool_size=1)
        try:
            with engine.connect() as proxied:
                connection: Any = proxied.connection.driver_connection
                return self._migrate(connection)
        except (psycopg.Error, SQLAlchemyError) as error:
            raise StoreUnavailable(f"The record database cannot be migrated: {_said(error)}") from error
        finally:
            engine.dispose()

    def _migrate(self, connection: Connection) -> list[str]:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if connection.execute(CAN_BECOME_OWNER).fetchone():
            connection.execute(BECOME_OWNER)
        if connection.execute("SELECT to_regclass('insula_records.step')").fetchone() == (None,):
            connection.execute(_LEDGER)
        waiting = outstanding(
            self.steps, dict(connection.execute("SELECT name, checksum FROM insula_records.step"))
        )
        for step in waiting:
            connection.execute(step.text)
            connection.execute(
                "INSERT INTO insula_records.step (name, checksum) VALUES (%s, %s)", (step.name, step.checksum)
            )
        for (role,) in connection.execute(
            "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = ANY(%s)", (list(self._roles),)
        ).fetchall():
            connection.execute(_GRANTS.format(role=role))
            if role == _UPKEEP:
                connection.execute(_GRANT_UPKEEP)
        connection.commit()
        return [step.name for step in waiting]

    def close(self) -> None:
        super().close()
        if self._upkeep is not self:
            self._upkeep.close()

    def _connect(self) -> Engine:
        return create_engine(
            self._url,
            connect_args=self._connect_args,
            pool_size=self._pool_size,
            max_overflow=0,
            pool_timeout=2,
        )

    def _insert(self, stream: Stream, cuts: Sequence[Cut], rows: Sequence[NewRecord]) -> None:
        key = {"tenant": stream.tenant_id, "stream": stream.id}
        buckets = key | {
            "numbers": [cut.number for cut in cuts],
            "ends": [cut.end // MINUTE for cut in cuts],
            "shards": [cut.shards for cut in cuts],
        }
        many = key | {
            "ids": [row.id for row in rows],
            "series": [row.series for row in rows],
            "bodies": [row.body for row in rows],
            "written": [millis_of(row.id) * 1000 for row in rows],
        }

        def insert(connection: Connection) -> None:
            with connection.pipeline():
                connection.execute(_TENANT, (str(stream.tenant_id),))
                connection.execute(_named(statements.INSERT_BUCKETS), buckets)
                connection.execute(_named(statements.INSERT_MANY), many, binary=True)
                connection.commit()

        self._do(insert)

    def _query(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> list[Any]:
        def query(connection: Connection) -> list[Any]:
            with connection.pipeline():
                connection.execute(_TENANT, (str(tenant_id),))
                cursor = connection.execute(_named(statement), values, binary=True)
                connection.commit()
            return cursor.fetchall()

        return self._do(query)

    def _change(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> int:
        def change(connection: Connection) -> int:
            with connection.pipeline():
                connection.execute(_TENANT, (str(tenant_id),))
                cursor = connection.execute(_named(statement), values)
                connection.commit()
            return cursor.rowcount

        return self._do(change)

    def _remove(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> int:
        return self._upkeep._change(tenant_id, statement, values)  # noqa: SLF001 - of this class

    def _applied(self) -> dict[str, str]:
        def applied(connection: Connection) -> dict[str, str]:
            if connection.execute("SELECT to_regclass('insula_records.step')").fetchone() == (None,):
                return {}
            return dict(connection.execute("SELECT name, checksum FROM insula_records.step"))

        return self._do(applied)

    def _do(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do the work, a second time where the server had dropped the connection: all of it may be repeated."""
        try:
            try:
                return self._once(work)
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.QueryCanceled):
                    raise
                return self._once(work)
        except (psycopg.Error, SQLAlchemyError) as error:
            log.warning("record store failed", error=f"{type(error).__name__}: {_said(error)}"[:500])
            raise StoreUnavailable from error

    def _once(self, work: Callable[[Connection], Answer]) -> Answer:
        proxied = self._own_engine().raw_connection()
        try:
            connection: Any = proxied.driver_connection
            answer = work(connection)
        except psycopg.OperationalError:
            proxied.invalidate()
            if connection.broken:
                # What else waits in the pool was dropped by the server at the same moment.
                self._own_engine().dispose()
            raise
        finally:
            proxied.close()
        return answer

    def _kind(self) -> str:
        return "postgresql"

    def _bound(self, value: UUID) -> UUID:
        return value

    def _uuid(self, value: UUID) -> UUID:
        return value


def _said(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


@lru_cache(maxsize=64)
def _named(statement: str) -> str:
    """Return a statement with the full names of the tables, in the driver's spelling of values."""
    many = "unnest(" in statement

    def spell(match: re.Match[str]) -> str:
        name = match[1]
        cast = _CASTS.get(name, "") if many else ""
        if name in {"tenant", "stream"}:
            cast = "uuid"
        return f"%({name})s" + (f"::{cast}" if cast else "")

    spelled = re.sub(r"(?<!:):(\w+)", spell, statement)
    return spelled.format(record="insula_records.record", bucket="insula_records.record_bucket")
