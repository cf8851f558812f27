"""This process's connection to the cluster: made on first use, never carried over a fork, at rest while it is down."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any

from cassandra import ConsistencyLevel, DriverException, InvalidRequest, OperationTimedOut
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, ExecutionProfile, NoHostAvailable, ResponseFuture, Session
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantReconnectionPolicy,
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    TokenAwarePolicy,
)
from cassandra.protocol import ErrorMessage
from cassandra.query import PreparedStatement, tuple_factory

from insula.kit.errors import ConfigurationError
from insula.observability.log import get
from insula.records.cassandra.statements import STATEMENTS
from insula.records.interfaces import StoreUnavailable

log = get("insula.records")

#: Everything by which the driver says that a request was not confirmed.
FAILURES = (DriverException, NoHostAvailable, ConnectionException, ErrorMessage)

#: How long callers are refused at once after a failure that says that nobody answers.
REST_SECONDS = 1.0

#: What the driver may run on; its other ways of waiting for sockets were seen to corrupt frames, or are going away.
REACTORS = frozenset({"cassandra.io.libevreactor", "cassandra.io.asyncorereactor"})

#: How many timeouts in a row mean that nobody answers.
TIMEOUTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cluster is and how to talk to it."""

    hosts: Sequence[str]
    port: int = 9042
    keyspace: str = "insula_records"
    datacenter: str = "datacenter1"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    protocol_version: int = 5
    in_flight: int = 256
    connect_seconds: float = 3.0
    write_seconds: float = 2.0
    read_seconds: float = 3.0
    bulk_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request under way and how to give back its slot."""

    future: ResponseFuture
    release: Callable[[], None]


class Link:
    """A session, its prepared statements and its slots; `CassandraRecordStore` keeps one for each process."""

    def __init__(self, place: Place) -> None:
        self.pid = os.getpid()
        self.place = place
        self._lock = Lock()
        self._cluster: Cluster | None = None
        self._session: Session | None = None
        self._prepared: dict[str, PreparedStatement] = {}
        self._slots = BoundedSemaphore(place.in_flight)
        self._closed_until = 0.0
        self._timeouts = 0

    def session(self) -> Session:
        """Return the session; connect where there is none, but not again right after a failure."""
        self._refuse_at_rest()
        if self._session is None:
            with self._lock:
                if self._session is None:
                    # Those who waited here while another failed to connect do not try the same, one after the other.
                    self._refuse_at_rest()
                    self._session = self._connect()
        return self._session

    def prepared(self, name: str) -> PreparedStatement:
        """Return a statement by name, prepared once; the driver itself remembers it weakly only."""
        statement = self._prepared.get(name)
        if statement is None:
            session = self.session()
            try:
                statement = session.prepare(STATEMENTS[name].replace("{keyspace}", self.place.keyspace))
            except FAILURES as error:
                raise self.failure(error) from error
            statement.is_idempotent = True
            self._prepared[name] = statement
        return statement

    def send(self, statement: Any, profile: str) -> Sent | None:
        """Send a statement, or return None where as many are under way as the process allows."""
        if not self._slots.acquire(blocking=False):
            return None
        once = Lock()

        def release(_answer: object = None) -> None:
            # Called by whoever waits and by the driver, and by the driver for every page: the first call counts.
            if once.acquire(blocking=False):
                self._slots.release()

        try:
            future = self.session().execute_async(statement, execution_profile=profile)
        except BaseException:
            release()
            raise
        future.add_callbacks(release, release)
        return Sent(future, release)

    def answer(self, sent: Sent) -> list[Any]:
        """Wait for the rows of what was sent, every page of them."""
        try:
            rows = list(sent.future.result())
        except FAILURES as error:
            raise self.failure(error) from error
        finally:
            sent.release()
        self._timeouts = 0
        return rows

    def ask(self, *statements: Any, profile: str = "read") -> list[Any]:
        """Send statements together and return the rows of all, in their order.

        A thread never waits for slots that others hold: it goes on with what it has, or refuses at once.
        """
        rows: list[Any] = []
        waiting: deque[Sent] = deque()
        for statement in statements:
            sent = self.send(statement, profile)
            while sent is None:
                if not waiting:
                    raise busy()
                rows += self.answer(waiting.popleft())
                sent = self.send(statement, profile)
            waiting.append(sent)
        while waiting:
            rows += self.answer(waiting.popleft())
        return rows

    def failure(self, error: BaseException) -> StoreUnavailable:
        """Turn what the driver said into the promise's word, and rest a moment where nobody answers."""
        self._timeouts = self._timeouts + 1 if isinstance(error, OperationTimedOut) else 0
        if isinstance(error, NoHostAvailable) or self._timeouts >= TIMEOUTS:
            self._closed_until = monotonic() + REST_SECONDS
        log.warning("record store failed", error=f"{type(error).__name__}: {error}"[:500])
        if isinstance(error, InvalidRequest):
            return StoreUnavailable(
                "The record store refused a statement; is it migrated? (insula records migrate)"
            )
        return StoreUnavailable("The record store did not answer.")

    def agreed(self) -> bool:
        """Tell whether all nodes know the same schema, waiting for it up to half a minute."""
        session = self.session()
        return bool(session.cluster.control_connection.wait_for_schema_agreement(wait_time=30))

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            cluster, self._cluster, self._session = self._cluster, None, None
            self._prepared.clear()
        if cluster is not None:
            cluster.shutdown()

    def _refuse_at_rest(self) -> None:
        if monotonic() < self._closed_until:
            raise StoreUnavailable("The record store did not answer a moment ago.")

    def _connect(self) -> Session:
        place = self.place
        cluster = Cluster(
            list(place.hosts),
            port=place.port,
            protocol_version=place.protocol_version,
            auth_provider=PlainTextAuthProvider(place.username, place.password) if place.username else None,
            execution_profiles=self._profiles(),
            # Without this the driver's writes wait for the server's delayed acknowledgement, forty times slower.
            sockopts=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            compression=False,
            connect_timeout=place.connect_seconds,
            control_connection_timeout=place.connect_seconds,
            reconnection_policy=ConstantReconnectionPolicy(0.5, max_attempts=None),
            # Only a migration cares how tables look, and it asks; a change elsewhere need not wake every process.
            schema_event_refresh_window=-1,
        )
        if cluster.connection_class.__module__ not in REACTORS:
            raise ConfigurationError(
                f"The Cassandra driver runs on {cluster.connection_class.__module__}, which loses frames under load. "
                "Install a wheel of cassandra-driver that has libev."
            )
        try:
            session = cluster.connect()
        except FAILURES as error:
            cluster.shutdown()
            raise self.failure(error) from error
        self._cluster = cluster
        return session

    def _profiles(self) -> dict[str, ExecutionProfile]:
        place = self.place

        def profile(seconds: float, **more: Any) -> ExecutionProfile:
            return ExecutionProfile(
                load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=place.datacenter)),
                consistency_level=ConsistencyLevel.LOCAL_QUORUM,
                request_timeout=seconds,
                row_factory=tuple_factory,
                **more,
            )

        again = ConstantSpeculativeExecutionPolicy(0.5, 1)
        return {
            "write": profile(place.write_seconds),
            "read": profile(place.read_seconds, speculative_execution_policy=again),
            "bulk": profile(place.bulk_seconds),
            "schema": profile(60.0),
        }


def busy() -> StoreUnavailable:
    """Return the refusal of a process that has as many requests under way as it allows."""
    return StoreUnavailable("The record store has too many requests under way.", retry_after=1)
