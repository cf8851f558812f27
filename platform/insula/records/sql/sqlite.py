"""Records in a SQLite file of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from insula.kit.clock import isoformat, now
from insula.kit.ids import millis_of
from insula.observability.log import get
from insula.records.interfaces import NewRecord, StoreUnavailable, Stream
from insula.records.rows import MINUTE, Cut
from insula.records.sql import statements
from insula.records.sql.store import SQLRecordStore
from insula.records.steps import load, outstanding

log = get("insula.records")

_LEDGER = """
CREATE TABLE IF NOT EXISTS record_step (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied TEXT NOT NULL)
"""


class SQLiteRecordStore(SQLRecordStore):
    """Keeps records in one file, readers beside one writer."""

    def __init__(self, url: str, *, busy_seconds: float = 5.0, pool_size: int = 16) -> None:
        super().__init__(url)
        self.steps = load("sqlite")
        self._busy_seconds = busy_seconds
        self._pool_size = pool_size
        self._path = Path(make_url(url).database or "")

    def migrate(self) -> list[str]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._raw() as connection:
            # Taking the write lock first makes a second migrator wait and then find nothing to do.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_LEDGER)
            waiting = outstanding(self.steps, self._ledger(connection))
            for step in waiting:
                for statement in step.statements:
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO record_step VALUES (?, ?, ?)", (step.name, step.checksum, isoformat(now()))
                )
            connection.execute("COMMIT")
        return [step.name for step in waiting]

    def _connect(self) -> Engine:
        return create_engine(
            self._url,
            # Threads share a pool; each connection is used by one at a time.
            connect_args={"check_same_thread": False, "timeout": self._busy_seconds, "isolation_level": None},
            pool_size=self._pool_size,
            max_overflow=0,
            pool_timeout=self._busy_seconds,
        )

    @contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        try:
            proxied = self._own_engine().raw_connection()
            try:
                connection: Any = proxied.driver_connection
                if not proxied.info.get("ready"):
                    _prepare(connection)
                    proxied.info["ready"] = True
                try:
                    yield connection
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            finally:
                proxied.close()
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("record store failed", error=f"{type(error).__name__}: {error}"[:500])
            raise StoreUnavailable from error

    def _insert(self, stream: Stream, cuts: Sequence[Cut], rows: Sequence[NewRecord]) -> None:
        tenant, key = stream.tenant_id.bytes, stream.id.bytes
        with self._raw() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                _named(statements.INSERT_BUCKET),
                [(tenant, key, cut.number, cut.end // MINUTE, cut.shards) for cut in cuts],
            )
            connection.executemany(
                _named(statements.INSERT_ONE),
                [(tenant, key, row.id.bytes, row.series, row.body, millis_of(row.id) * 1000) for row in rows],
            )
            connection.execute("COMMIT")

    def _query(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> list[Any]:
        with self._raw() as connection:
            return connection.execute(_named(statement), values).fetchall()

    def _change(self, tenant_id: UUID, statement: str, values: Mapping[str, Any]) -> int:
        with self._raw() as connection:
            return connection.execute(_named(statement), values).rowcount

    def _applied(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        with self._raw() as connection:
            return self._ledger(connection)

    def _ledger(self, connection: sqlite3.Connection) -> dict[str, str]:
        known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'record_step'").fetchone()
        return dict(connection.execute("SELECT name, checksum FROM record_step").fetchall()) if known else {}

    def _kind(self) -> str:
        return "sqlite"

    def _bound(self, value: UUID) -> bytes:
        return value.bytes

    def _uuid(self, value: bytes) -> UUID:
        return UUID(bytes=value)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # What was acknowledged survives a power cut, so each commit reaches the disk.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -16000")


def _named(statement: str) -> str:
    return statement.format(record="record", bucket="record_bucket")
