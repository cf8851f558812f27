"""The record store is away, or loses its answer: what was accepted waits in the outbox and arrives once."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from insula.db.work import tenant_work
from insula.events.interfaces import DurableRecords
from insula.events.relay import Relay
from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.records.interfaces import NewRecord, Range, Streams, store_of
from tests.faults import rig

# Only a store behind a network can be cut off.
pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.cassandra,
    pytest.mark.parametrize(
        "installation", [pytest.param("cassandra", id="postgresql-cassandra")], indirect=True, scope="module"
    ),
]
COUNT = 700


class Gate:
    """A TCP proxy in front of a store: open, closed like a stopped server, or deaf to the store's answers."""

    def __init__(self, host, port):
        self._target = (host, port)
        self._pairs = []
        self._listener = None
        self.deaf = False
        self.port = 0
        self.open()

    def open(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self):
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            shut(end)

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            self._pairs.append((near, far))
            threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source, sink, answers):
        try:
            while data := source.recv(65536):
                if not (answers and self.deaf):
                    sink.sendall(data)
        except OSError:
            pass
        finally:
            shut(source)
            shut(sink)


def shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        end.close()


@pytest.fixture
def gate(servers):
    made = Gate(servers["cassandra"].host, servers["cassandra"].port)
    yield made
    made.close()


@pytest.fixture
def settings(installation, gate):
    """The installation, with its record store behind the gate."""
    url = installation["insula.records.url"]
    where = url.partition("//")[2].partition("/")[0]
    return {
        **installation,
        "insula.records.url": url.replace(where, f"127.0.0.1:{gate.port}"),
        "insula.records.connect_seconds": "1",
        "insula.records.bulk_seconds": "2",
        "insula.events.lease_seconds": "5",
    }


@pytest.fixture
def registry(settings):
    built = rig.build(settings)
    yield built
    rig.close(built)


def readings(count=COUNT):
    return [NewRecord(uuid7(now()), "", b'{"n":%d}' % n) for n in range(count)]


def append(registry, stream, rows):
    with tenant_work(registry, stream.tenant_id, writing=False) as work:
        return work.find_service(DurableRecords).append(stream, rows)


@pytest.fixture
def stream(registry):
    with tenant_work(registry, uuid7()) as work:
        return work.find_service(Streams).declare("temperature", title="Temperature")


def stored(registry, stream):
    return {record.id: record.body for record in store_of(registry).read(stream, Range(limit=10_000))}


def test_with_the_store_stopped_the_outbox_grows_and_empties_when_it_is_back(registry, gate, stream):
    before, during = readings(), readings()
    assert append(registry, stream, before) == "store"
    gate.close()
    started = time.monotonic()
    assert append(registry, stream, during) == "outbox"
    rig.make_thing(registry, stream.tenant_id, 1)
    assert time.monotonic() - started < 15
    relay = Relay(registry)
    assert relay.drain().delivered == 0
    assert rig.backlog(registry).waiting == 3
    gate.open()
    rig.drain(registry, patience=60)
    assert stored(registry, stream) == {row.id: row.body for row in [*before, *during]}
    assert rig.audited(registry, stream.tenant_id) == [1]


def test_a_store_that_writes_and_then_loses_its_answer_has_each_record_once(registry, gate, stream):
    first, rows = readings(5), readings()
    assert append(registry, stream, first) == "store"
    gate.deaf = True
    assert append(registry, stream, rows) == "outbox"
    gate.deaf = False
    gate.close()
    gate.open()
    rig.drain(registry, patience=60)
    assert stored(registry, stream) == {row.id: row.body for row in [*first, *rows]}
    assert store_of(registry).count(stream) == len(first) + len(rows)
