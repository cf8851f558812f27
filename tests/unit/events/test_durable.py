"""Records that outlast a stopped store."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from insula.db.interfaces import DatabaseFailure, NoConnectionFree
from insula.db.work import system_work, tenant_work
from insula.events.interfaces import DurableRecords
from insula.events.models import Outbox, OutboxShare
from insula.events.outbox import SQLOutbox
from insula.events.relay import Relay
from insula.kit.clock import now
from insula.kit.errors import Unavailable
from insula.kit.ids import uuid7
from insula.records.interfaces import NewRecord, Range, RecordStore, StoreUnavailable, Streams, store_of
from tests import counting
from tests.faults import rig


class Moody:
    """A store that is down while `down` is set, and with `late` applies the write before it reports a time-out."""

    def __init__(self, store):
        self.store, self.down, self.late = store, False, False

    def __getattr__(self, name):
        return getattr(self.store, name)

    def append(self, stream, rows):
        if self.late:
            self.store.append(stream, rows)
        if self.down or self.late:
            raise StoreUnavailable(not_written=[row.id for row in rows], retry_after=7)
        self.store.append(stream, rows)


@pytest.fixture
def place(install, tenants):
    def make(**settings):
        registry = install(**settings)
        store = rig.wrap_store(registry, Moody)
        with tenant_work(registry, tenants.ours) as work:
            stream = work.find_service(Streams).declare("temperature", title="Temperature")
        return registry, store, stream

    return make


def readings(count, size=1):
    return [
        NewRecord(uuid7(now()), "", json.dumps({"n": n, "pad": "x" * size}).encode()) for n in range(count)
    ]


def append(registry, stream, rows):
    with tenant_work(registry, stream.tenant_id, writing=False) as work:
        return work.find_service(DurableRecords).append(stream, rows)


def stored(registry, stream):
    return {record.id: record.body for record in store_of(registry).read(stream, Range(limit=10_000))}


def test_a_store_that_answers_has_the_records_and_the_outbox_has_none(place):
    registry, _, stream = place()
    rows = readings(3)
    assert append(registry, stream, rows) == "store"
    assert stored(registry, stream) == {row.id: row.body for row in rows}
    assert rig.backlog(registry).waiting == 0


def test_while_the_store_is_down_the_outbox_has_them_and_the_relay_brings_them_in(place):
    registry, store, stream = place()
    rows = readings(1203)
    store.down = True
    assert append(registry, stream, rows) == "outbox"
    assert rig.backlog(registry).waiting == 3
    relay = Relay(registry)
    assert relay.drain().delivered == 0
    relay.release()
    assert stored(registry, stream) == {}
    store.down = False
    rig.drain(registry)
    assert stored(registry, stream) == {row.id: row.body for row in rows}
    assert append(registry, stream, []) == "store"


def test_a_store_that_times_out_after_it_has_written_doubles_nothing(place):
    registry, store, stream = place()
    rows = readings(40)
    store.late = True
    assert append(registry, stream, rows) == "outbox"
    store.late = False
    rig.drain(registry)
    assert stored(registry, stream) == {row.id: row.body for row in rows}
    assert store_of(registry).count(stream) == 40


def test_only_what_the_store_did_not_confirm_waits(place):
    registry, store, stream = place()
    rows = readings(10)

    def half(stream_, given):
        store.store.append(stream_, given[:5])
        raise StoreUnavailable(not_written=[row.id for row in given[5:]])

    store.append = half
    assert append(registry, stream, rows) == "outbox"
    del store.append
    rig.drain(registry)
    assert stored(registry, stream) == {row.id: row.body for row in rows}


@pytest.mark.parametrize("bounds", [{"overflow_records": 100}, {"overflow_bytes": 5000}])
def test_beyond_a_tenants_share_the_answer_is_503_with_a_time_and_nothing_more_is_taken(place, bounds):
    registry, store, stream = place(**bounds)
    store.down = True
    assert append(registry, stream, readings(90)) == "outbox"
    waiting = rig.backlog(registry).waiting
    with pytest.raises(Unavailable) as refusal:
        append(registry, stream, readings(90))
    assert refusal.value.status == 503
    assert refusal.value.retry_after >= 7
    assert rig.backlog(registry).waiting == waiting


def test_one_tenants_full_share_leaves_the_others_theirs(place, tenants):
    registry, store, stream = place(overflow_records=100)
    with tenant_work(registry, tenants.theirs) as work:
        other = work.find_service(Streams).declare("temperature", title="Temperature")
    store.down = True
    assert append(registry, stream, readings(100)) == "outbox"
    assert append(registry, other, readings(100)) == "outbox"
    store.down = False
    rig.drain(registry)
    assert (store_of(registry).count(stream), store_of(registry).count(other)) == (100, 100)


def test_what_the_outbox_took_survives_the_refusal_of_the_request_that_sent_it(place):
    registry, store, stream = place()
    store.down = True
    with pytest.raises(RuntimeError), tenant_work(registry, stream.tenant_id, writing=False) as work:  # noqa: PT012  # the work is what fails
        work.find_service(DurableRecords).append(stream, readings(1))
        raise RuntimeError("the request failed afterwards")
    assert rig.backlog(registry).waiting == 1


def test_records_of_a_stream_declared_anew_do_not_go_into_the_new_one(place, tenants):
    registry, store, stream = place(max_attempts=1)
    store.down = True
    append(registry, replace(stream, id=uuid7()), readings(2))
    store.down = False
    Relay(registry).drain()
    assert rig.backlog(registry).dead == 1
    assert stored(registry, stream) == {}


def test_the_service_is_found_through_the_promise(place):
    registry, _, stream = place()
    with tenant_work(registry, stream.tenant_id, writing=False) as work:
        assert work.find_service(RecordStore) is not None
        assert hasattr(work.find_service(DurableRecords), "append")


@pytest.mark.parametrize(
    "trouble", [DatabaseFailure("BEGIN", None, Exception("away")), NoConnectionFree("all in use")]
)
def test_with_neither_store_nor_database_the_answer_is_503_with_a_time(place, monkeypatch, trouble):
    registry, store, stream = place()
    store.down = True

    def fail(*_arguments, **_options):
        raise trouble

    monkeypatch.setattr("insula.events.durable.tenant_work", fail)
    with pytest.raises(Unavailable) as refusal:
        append(registry, stream, readings(1))
    assert refusal.value.retry_after


def counted(registry, tenant_id):
    with tenant_work(registry, tenant_id, writing=False) as work:
        return tuple(work.db.execute(select(OutboxShare.records, OutboxShare.size)).one_or_none() or (0, 0))


def added_up(registry, tenant_id):
    with tenant_work(registry, tenant_id, writing=False) as work:
        rows = work.db.execute(select(Outbox.records, Outbox.size).where(Outbox.consumer == "records")).all()
    return sum(row.records for row in rows), sum(row.size for row in rows)


def test_the_count_of_what_waits_is_what_waits_after_each_step(place, tenants):
    registry, store, stream = place(max_attempts=1, overflow_records=100)
    store.down = True
    append(registry, stream, readings(60))
    append(registry, replace(stream, id=uuid7()), readings(10))
    assert counted(registry, tenants.ours) == added_up(registry, tenants.ours) != (0, 0)
    with pytest.raises(Unavailable):
        append(registry, stream, readings(31))
    assert counted(registry, tenants.ours)[0] == 70
    store.down = False
    Relay(registry).drain()
    assert rig.backlog(registry).dead == 1
    assert counted(registry, tenants.ours) == (0, 0)
    with system_work(registry, reason="a test requeues") as work:
        SQLOutbox(work.db).requeue()
    assert counted(registry, tenants.ours) == added_up(registry, tenants.ours)
    assert counted(registry, tenants.ours)[0] == 10
    assert counted(registry, tenants.theirs) == (0, 0)


def test_a_share_that_was_emptied_by_hand_is_not_full_for_ever(place, tenants):
    registry, store, stream = place(overflow_records=100)
    store.down = True
    append(registry, stream, readings(100))
    with tenant_work(registry, tenants.ours) as work:
        work.db.execute(delete(Outbox))
    assert append(registry, stream, readings(100)) == "outbox"
    assert counted(registry, tenants.ours)[0] == 100
    with pytest.raises(Unavailable):
        append(registry, stream, readings(1))


def test_what_waits_already_is_not_read_to_add_to_it(place, tenants):
    registry, store, stream = place()
    store.down = True
    append(registry, stream, readings(1))
    with counting.counted(registry) as seen:
        append(registry, stream, readings(1))
    assert not [statement for statement in seen if "FROM outbox" in statement]
