"""Brings the keyspace up to date: one migrator at a time, one statement at a time, on one node."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from cassandra import InvalidRequest

from insula.records.cassandra.link import FAILURES, Link
from insula.records.interfaces import StoreUnavailable
from insula.records.ledger import Applied, Ledger
from insula.records.steps import load, outstanding

_KEYSPACE = "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {replication}"
_LEDGER = (
    "CREATE TABLE IF NOT EXISTS {keyspace}.step (name text PRIMARY KEY, checksum text, applied timestamp)"
)
_APPLIED = "INSERT INTO {keyspace}.step (name, checksum, applied) VALUES (%s, %s, toTimestamp(now()))"


class CassandraMigrator:
    """Applies the numbered CQL files under a lock held in the relational database.

    Cassandra has no lock that is safe for changes of its own schema, and two at once damage it. What was applied
    is written down on both sides: in Cassandra, which a backup of it carries along, and in SQL, which has the lock.
    """

    def __init__(
        self,
        link: Callable[[], Link],
        keyspace: str,
        replication: str,
        window_days: int,
        ledger: Ledger | None,
    ) -> None:
        self._link = link
        self._keyspace = keyspace
        self._replication = replication
        self._ledger = ledger
        self._steps = load("cql", keyspace=keyspace, window_days=window_days)

    def pending(self) -> list[str]:
        """Return the names of the steps that Cassandra does not have."""
        return [step.name for step in outstanding(self._steps, self._applied())]

    def migrate(self) -> list[str]:
        """Apply what is waiting and return its names."""
        with self._ledger.locked(self._keyspace) if self._ledger else nullcontext() as written:
            link = self._link()
            self._change(link, _KEYSPACE.format(keyspace=self._keyspace, replication=self._replication))
            self._change(link, _LEDGER.format(keyspace=self._keyspace))
            applied = self._applied()
            waiting = outstanding(self._steps, applied)
            for step in waiting:
                for statement in step.statements:
                    self._change(link, statement)
                self._run(link, _APPLIED.format(keyspace=self._keyspace), (step.name, step.checksum))
            if written is not None:
                self._write_down(written)
        return [step.name for step in waiting]

    def _write_down(self, written: Applied) -> None:
        for step in outstanding(self._steps, written.steps()):
            written.add(step.name, step.checksum)

    def _applied(self) -> dict[str, str]:
        link = self._link()
        try:
            rows = link.session().execute(
                f"SELECT name, checksum FROM {self._keyspace}.step",  # noqa: S608  # a setting, not input
                execution_profile="read",
            )
            return dict(list(rows))
        except InvalidRequest:
            return {}  # The keyspace or the table is not there yet.
        except FAILURES as error:
            raise link.failure(error) from error

    def _change(self, link: Link, statement: str) -> None:
        self._run(link, statement)
        if not link.agreed():
            raise StoreUnavailable(
                "The nodes of the record store do not agree on its schema yet; migrate again later."
            )

    def _run(self, link: Link, statement: str, values: tuple[Any, ...] | None = None) -> None:
        session = link.session()
        # The same node each time: two nodes changing the schema at once is what has to be avoided.
        host = min(session.cluster.metadata.all_hosts(), key=lambda each: str(each.address))
        try:
            session.execute(statement, values, execution_profile="schema", host=host)
        except FAILURES as error:
            raise StoreUnavailable(f"The record store cannot be migrated: {error}") from error
