"""The lock and the written record, in the relational database, of a store that can keep neither safely itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from insula.records.interfaces import StoreUnavailable
from insula.records.sql.owner import BECOME_OWNER, CAN_BECOME_OWNER

_LOCK = 0x496E73756C62  # any number will do as long as every migrator takes the same


class Applied(Protocol):
    """What is written down of one keyspace, while its lock is held."""

    def steps(self) -> dict[str, str]:
        """Return name → checksum."""

    def add(self, name: str, checksum: str) -> None:
        """Write down that a step was applied."""


class Ledger(Protocol):
    """Where migrations of a keyspace are written down, one migrator at a time."""

    def locked(self, keyspace: str) -> AbstractContextManager[Applied]:
        """Hold the lock; what is written down is kept when the block ends well."""


class SQLLedger:
    """Uses an advisory lock of PostgreSQL, or the write lock of SQLite; the table is not for requests to see."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def locked(self, keyspace: str) -> Iterator[Applied]:
        engine = create_engine(self._url)
        postgresql = engine.dialect.name == "postgresql"
        if not postgresql:
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
            event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        try:
            with engine.begin() as connection:
                if postgresql:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                    if connection.execute(text(CAN_BECOME_OWNER)).first():
                        connection.execute(text(BECOME_OWNER))
                    connection.execute(text("CREATE SCHEMA IF NOT EXISTS insula_records"))
                table = "insula_records.cql_step" if postgresql else "insula_cql_step"
                connection.execute(
                    text(
                        f"CREATE TABLE IF NOT EXISTS {table} (keyspace_name varchar(48), name varchar(100),"
                        " checksum varchar(64) NOT NULL, PRIMARY KEY (keyspace_name, name))"
                    )
                )
                yield _SQLApplied(connection, table, keyspace)
        except SQLAlchemyError as error:
            raise StoreUnavailable(
                f"The relational database holds no lock for the migration: {error}"
            ) from error
        finally:
            engine.dispose()


class _SQLApplied:
    def __init__(self, connection: Connection, table: str, keyspace: str) -> None:
        self._connection, self._table, self._keyspace = connection, table, keyspace

    def steps(self) -> dict[str, str]:
        statement = text(f"SELECT name, checksum FROM {self._table} WHERE keyspace_name = :keyspace")  # noqa: S608  # a constant
        rows = self._connection.execute(statement, {"keyspace": self._keyspace})
        return {row.name: row.checksum for row in rows}

    def add(self, name: str, checksum: str) -> None:
        self._connection.execute(
            text(f"INSERT INTO {self._table} VALUES (:keyspace, :name, :checksum)"),  # noqa: S608  # a constant
            {"keyspace": self._keyspace, "name": name, "checksum": checksum},
        )
