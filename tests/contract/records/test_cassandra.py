"""The promise kept by a real Cassandra."""

# ruff: noqa: S608  # names of tables are constants of the tests

import time
from datetime import timedelta

import pytest
from cassandra.query import ValueSequence

from insula.kit.errors import ConfigurationError
from insula.records.contract import RecordStoreContract
from insula.records.interfaces import Layout, Range, StoreUnavailable
from insula.records.specimens import START, ids, pages, rows_of, stream_of

from .conftest import cassandra_over

pytestmark = pytest.mark.cassandra


@pytest.fixture(autouse=True, params=["cassandra"])
def kind(request):
    """The summary of a run counts tests by the store that their parameters name."""
    return request.param


class TestCassandra(RecordStoreContract):
    @pytest.fixture
    def store(self, cassandra_store):
        return cassandra_store


def test_the_older_protocol_stores_and_reads_the_same(cassandra_address, cassandra_store):
    store = cassandra_over(cassandra_address, protocol_version=4)
    stream, rows = stream_of(), rows_of(300)
    store.append(stream, rows)
    assert store.read(stream, Range(limit=300)) == cassandra_store.read(stream, Range(limit=300))
    assert store.redact(stream, rows[0].id)
    assert ids(store.latest(stream)) == ids(reversed(rows[-3:]))
    store.close()


def within(seconds, attempt):
    """Try until it works: the driver comes back by itself, but not at once."""
    until = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except StoreUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_a_server_that_is_away_is_unavailable_soon_and_works_when_it_is_back(cassandra_address, door):
    front = door(cassandra_address.host, cassandra_address.port)
    store = cassandra_over(cassandra_address, hosts=["127.0.0.1"], port=front.port, write_seconds=2)
    stream, rows = stream_of(), rows_of(10)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        store.append(stream, rows)
    assert time.monotonic() - began < 3
    assert set(refused.value.not_written) == set(ids(rows))
    assert refused.value.retry_after
    # While nobody answers, callers are refused without another attempt.
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        store.read(stream, Range())
    assert time.monotonic() - began < 0.1
    assert not store.ready().ok

    front.open()
    within(5, lambda: store.append(stream, rows))
    front.shut()
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        store.append(stream, rows_of(500))
    assert time.monotonic() - began < 5
    assert set(refused.value.not_written) == set(ids(rows_of(500)))
    front.open()
    assert within(10, lambda: ids(store.read(stream, Range()))) == ids(reversed(rows))
    within(5, lambda: store.append(stream, rows_of(500)))
    assert ids(pages(store, stream, Range(newest_first=False, limit=99))) == sorted(
        {*ids(rows), *ids(rows_of(500))}
    )
    store.close()


def test_a_process_with_too_much_under_way_refuses_at_once(cassandra_address):
    store = cassandra_over(cassandra_address, in_flight=2)
    stream, rows = stream_of(), rows_of(300)
    # With fewer slots than batches an append gives back its own slots and goes on.
    store.append(stream, rows)
    assert store.count(stream) == 300
    assert len(store.read(stream, Range(limit=300))) == 300
    slots = store.link()._slots
    assert slots.acquire(timeout=30)
    assert slots.acquire(timeout=30)
    for refused in (lambda: store.append(stream, rows), lambda: store.read(stream, Range())):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as busy:
            refused()
        assert time.monotonic() - began < 0.1
        assert busy.value.retry_after == 1
    slots.release()
    slots.release()
    assert store.count(stream) == 300
    assert slots.acquire(timeout=30)
    assert slots.acquire(timeout=30)
    store.close()


def test_an_answer_of_many_pages_gives_its_slot_back_once(cassandra_address):
    store = cassandra_over(cassandra_address, in_flight=20)
    stream = stream_of(order="series", layout=(Layout(), Layout(START, 7 * 86_400)))
    store.append(stream, rows_of(6_000, step=timedelta(seconds=10)))
    assert store.count(stream) == 6_000
    slots = store.link()._slots
    assert [slots.acquire(timeout=1) for _ in range(20)] == [True] * 20
    assert not slots.acquire(blocking=False)
    store.close()


def test_both_orders_of_a_record_are_written_by_one_batch(cassandra_store, cassandra_address):
    stream, rows = stream_of(), rows_of(30)
    cassandra_store.append(stream, rows)
    session = cassandra_store.link().session()
    found = [
        sorted(
            session.execute(
                f"SELECT id, series, body, writetime(body) FROM {cassandra_address.keyspace}.{table}"
                " WHERE tenant = %s AND stream = %s AND bucket IN %s AND shard = 0",
                (stream.tenant_id, stream.id, numbers_of(cassandra_store.buckets(stream))),
                execution_profile="read",
            )
        )
        for table in ("records_400d", "records_by_series_400d")
    ]
    assert found[0] == found[1]
    # The time of the write is the time in the id, so a retry is the same write.
    assert [row[3] for row in found[0]] == [(row.id.int >> 80) * 1000 for row in rows]


def numbers_of(buckets):
    return ValueSequence([bucket.number for bucket in buckets])


def test_records_expire_as_their_class_says_and_those_to_keep_do_not(cassandra_store, cassandra_address):
    session = cassandra_store.link().session()
    for retention, expected in (("30d", 30 * 86_400), ("400d", 400 * 86_400), ("keep", None)):
        stream, rows = stream_of(retention=retention), rows_of(1)
        cassandra_store.append(stream, rows)
        cassandra_store.redact(stream, rows[0].id)
        for table in (f"records_{retention}", f"records_by_series_{retention}"):
            (ttl,) = session.execute(
                f"SELECT ttl(body) FROM {cassandra_address.keyspace}.{table}"
                " WHERE tenant = %s AND stream = %s AND bucket = %s AND shard = 0",
                (stream.tenant_id, stream.id, cassandra_store.buckets(stream)[0].number),
                execution_profile="read",
            ).one()
            assert ttl == expected or expected - 60 < ttl <= expected


def test_a_step_that_changed_after_it_was_applied_stops_the_migration(cassandra_address, monkeypatch):
    store = cassandra_over(cassandra_address)
    step = store._migrator._steps[0]
    monkeypatch.setattr(store._migrator, "_steps", [step.__class__(step.name, "0" * 64, step.text)])
    with pytest.raises(ConfigurationError, match="in another form"):
        store.migrate()
    store.close()


def test_what_was_applied_is_written_down_in_sql_too(cassandra_address):
    store = cassandra_over(cassandra_address)
    assert store.migrate() == []
    with store._migrator._ledger.locked(cassandra_address.keyspace) as written:
        assert written.steps() == {step.name: step.checksum for step in store._migrator._steps}
    store.close()
