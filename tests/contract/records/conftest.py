"""One migrated store of each kind for the whole run; tests use tenants of their own."""

import contextlib
import os
import socket
import threading
import uuid
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy.engine import make_url

from insula.db.roles import statements
from insula.records.cassandra.link import Place
from insula.records.cassandra.store import CassandraRecordStore
from insula.records.factory import replication
from insula.records.ledger import SQLLedger
from insula.records.sql.postgresql import PostgreSQLRecordStore
from insula.records.sql.sqlite import SQLiteRecordStore

ROLES = ("insula_app", "insula_system")


def server(request, variable, fixture):
    """Return where a server is: named by the environment, or started by the suite."""
    address = os.environ.get(variable)
    if address is None:
        return request.getfixturevalue(fixture)
    url = make_url(address if "://" in address else f"any://{address}")
    return SimpleNamespace(host=url.host, port=url.port, user=url.username)


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory):
    store = SQLiteRecordStore(f"sqlite:///{tmp_path_factory.mktemp('records')}/records.db")
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_address(request):
    """A database of its own with the roles of an installation; the application's role owns nothing in it."""
    found = server(request, "INSULA_TEST_POSTGRES_URL", "postgres_server")
    name = f"records_{uuid.uuid4().hex[:12]}"
    where = f"host={found.host} port={found.port} user={found.user}"
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(f"{where} dbname={name}", autocommit=True) as connection:
        for statement in statements(name):
            connection.execute(statement)
    yield SimpleNamespace(host=found.host, port=found.port, user=found.user, database=name)
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def postgres_url(address, role, *, port=None):
    return f"postgresql+psycopg://{role}@{address.host}:{port or address.port}/{address.database}"


@pytest.fixture(scope="session")
def postgres_store(postgres_address):
    store = PostgreSQLRecordStore(
        postgres_url(postgres_address, "insula_app"),
        migrate_url=postgres_url(postgres_address, "insula_migrate"),
        upkeep_url=postgres_url(postgres_address, "insula_system"),
        roles=ROLES,
    )
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def cassandra_address(request, tmp_path_factory):
    """A keyspace of its own, migrated under the lock of a relational database."""
    found = server(request, "INSULA_TEST_CASSANDRA", "cassandra_server")
    place = SimpleNamespace(
        host=found.host,
        port=found.port,
        keyspace=f"records_{uuid.uuid4().hex[:12]}",
        ledger=f"sqlite:///{tmp_path_factory.mktemp('ledger')}/rows.db",
    )
    store = cassandra_over(place)
    store.migrate()
    yield place
    store.link().session().execute(f"DROP KEYSPACE {place.keyspace}", execution_profile="schema")
    store.close()


def cassandra_over(address, **more):
    place = Place(
        **{
            "hosts": [address.host],
            "port": address.port,
            "keyspace": address.keyspace,
            "write_seconds": 10,
            **more,
        }
    )
    return CassandraRecordStore(
        place, replication=replication("datacenter1:1"), ledger=SQLLedger(address.ledger)
    )


@pytest.fixture(scope="session")
def cassandra_store(cassandra_address):
    store = cassandra_over(cassandra_address)
    yield store
    store.close()


class Door:
    """A port in front of a server that a test opens and shuts."""

    def __init__(self, host, port):
        self._to = (host, port)
        self._listener = None
        self._open = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def open(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self):
        if self._listener is not None:
            # A blocked accept keeps the port alive until it is woken.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for each in self._open:
            with_reset(each)
        self._open.clear()

    def _accept(self, listener):
        while True:
            try:
                inside, _ = listener.accept()
                outside = socket.create_connection(self._to)
            except OSError:
                return
            self._open += [inside, outside]
            for source, sink in ((inside, outside), (outside, inside)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def with_reset(sock):
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def pump(source, sink):
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
    except OSError:
        pass
    with_reset(sink)


@pytest.fixture
def door():
    doors = []

    def make(host, port):
        doors.append(Door(host, port))
        return doors[-1]

    yield make
    for each in doors:
        each.shut()
