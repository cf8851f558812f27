"""The relay: at least once, in sessions of the event's tenant, patient with failures, and never holding a lock."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from insula.db.work import system_work, tenant_work
from insula.events.models import Outbox, OutboxDead
from insula.events.outbox import SQLOutbox
from insula.events.relay import Relay
from insula.kit.errors import Unavailable
from insula.kit.ids import uuid7
from tests.faults import rig


def collector(into):
    def consume(delivery, work):
        into.append((work.tenant_id, delivery.payload["n"]))

    return consume


def drain_for(registry, seconds=0.3, relay=None):
    relay, total = relay or Relay(registry), None
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        report = relay.drain()
        total = report if total is None else total + report
        time.sleep(0.02)
    relay.release()
    return total


def test_each_delivery_reaches_its_consumer_in_a_session_of_its_own_tenant(install, tenants):
    got = []
    registry = install(listen={"one": collector(got)})
    rig.make_thing(registry, tenants.ours, 1)
    rig.make_thing(registry, tenants.theirs, 2)
    assert Relay(registry).drain().delivered == 2
    assert sorted(got) == sorted([(tenants.ours, 1), (tenants.theirs, 2)])
    assert rig.backlog(registry).waiting == 0


def test_more_than_a_batch_arrives_in_the_order_of_time(install, tenants):
    got = []
    registry = install(listen={"one": collector(got)}, batch=3)
    for n in range(10):
        rig.make_thing(registry, tenants.ours, n)
        time.sleep(0.002)
    Relay(registry).drain()
    assert [n for _, n in got] == list(range(10))


def test_a_failed_delivery_is_tried_again_and_does_not_hold_up_the_others(install, tenants):
    got, failures = [], [ValueError("not yet"), ValueError("nor now")]

    def consume(delivery, work):
        if delivery.payload["n"] == 1 and failures:
            raise failures.pop()
        got.append(delivery.payload["n"])

    registry = install(listen={"one": consume})
    for n in range(3):
        rig.make_thing(registry, tenants.ours, n)
    report = drain_for(registry, seconds=1.5)
    assert sorted(got) == [0, 1, 2]
    assert got[-1] == 1
    assert (report.delivered, report.retried, report.buried) == (3, 2, 0)


def test_the_waits_between_attempts_grow_up_to_a_bound(install):
    relay = Relay(install(retry_seconds=1, retry_max_seconds=10))
    waits = [relay._wait(attempts).total_seconds() for attempts in (1, 2, 3, 4, 5, 50)]
    assert waits == [1, 2, 4, 8, 10, 10]


def test_after_too_many_attempts_a_delivery_is_put_aside_with_its_error_and_can_be_requeued(install, tenants):
    broken, got = [True], []

    def consume(delivery, work):
        if broken:
            raise ValueError("a poisoned row")
        got.append(delivery.payload["n"])

    registry = install(listen={"one": consume}, max_attempts=3)
    rig.make_thing(registry, tenants.ours, 1)
    rig.make_thing(registry, tenants.theirs, 2)
    assert drain_for(registry).buried == 2
    with tenant_work(registry, tenants.ours, writing=False) as work:
        dead = work.db.scalars(select(OutboxDead)).one()
    assert (dead.attempts, dead.last_error) == (3, "ValueError('a poisoned row')")
    broken.clear()
    with system_work(registry, reason="a test requeues") as work:
        assert SQLOutbox(work.db).requeue(tenant_id=tenants.ours, consumer="one") == 1
    drain_for(registry, 0.1)
    assert got == [1]
    assert rig.backlog(registry).dead == 1


def test_a_consumer_whose_store_is_down_rests_without_using_up_attempts(install, tenants):
    down, calls, got = [True], [], []

    def stored(delivery, work):
        calls.append(delivery.payload["n"])
        if down:
            raise Unavailable("The store is down.")

    registry = install(listen={"stored": stored, "other": collector(got)}, max_attempts=1)
    for n in range(5):
        rig.make_thing(registry, tenants.ours, n)
    relay = Relay(registry)
    relay.drain()
    assert len(calls) == 1, "one time-out is enough to know"
    assert sorted(n for _, n in got) == [0, 1, 2, 3, 4]
    with tenant_work(registry, tenants.ours, writing=False) as work:
        assert {row.attempts for row in work.db.scalars(select(Outbox))} == {0}
    down.clear()
    drain_for(registry, 0.6, relay)
    assert sorted(set(calls)) == [0, 1, 2, 3, 4]
    assert rig.backlog(registry).waiting == 0


def test_a_consumer_nobody_declares_any_more_keeps_its_deliveries_for_an_operator(install, tenants):
    got = []
    rig.make_thing(install(listen={"gone": collector(got)}), tenants.ours, 1)
    registry = install(max_attempts=2)
    drain_for(registry)
    assert rig.backlog(registry).dead == 1
    assert got == []


def test_no_lock_of_the_relay_is_held_while_a_consumer_works(install, tenants, sqlite):
    other = uuid7()
    waited = []

    def consume(delivery, work):
        started = time.monotonic()
        if delivery.payload["n"] < 100:
            rig.make_thing(registry, other, delivery.payload["n"] + 100)
        waited.append(time.monotonic() - started)

    sqlite["insula.db.lock_timeout"] = "2000"
    registry = install(listen={"one": consume})
    rig.make_thing(registry, tenants.ours, 1)
    assert Relay(registry).drain().delivered == 2
    assert max(waited) < 1


def test_a_consumer_that_writes_rows_says_so_and_what_it_wrote_is_committed(install, tenants):
    def consume(delivery, work):
        work.db.begin_writing()
        work.db.add(
            Outbox(consumer="left", event="thing.left", payload={"by": "one"}, not_before=delivery.at)
        )

    registry = install(listen={"one": consume, "left": lambda delivery, work: None})
    rig.make_thing(registry, tenants.ours, 1)
    with tenant_work(registry, tenants.ours) as work:
        work.db.query(Outbox).filter(Outbox.consumer == "left").delete()
    assert Relay(registry).drain().delivered == 2


def test_on_sqlite_one_relay_works_at_a_time_and_the_next_takes_over_when_it_goes(install, tenants):
    got = []
    registry = install(listen={"one": collector(got)}, lease_seconds=0.3)
    first, second = Relay(registry), Relay(registry)
    rig.make_thing(registry, tenants.ours, 1)
    assert first.drain().delivered == 1
    rig.make_thing(registry, tenants.ours, 2)
    assert second.drain().delivered == 0
    first.release()
    assert second.drain().delivered == 1
    rig.make_thing(registry, tenants.ours, 3)
    assert first.drain().delivered == 0
    time.sleep(0.35)
    assert first.drain().delivered == 1


def test_a_claim_that_ran_out_is_not_settled_over_the_next_relays_head(install, tenants):
    registry = install(listen={"one": collector([])})
    rig.make_thing(registry, tenants.ours, 1)
    with system_work(registry, reason="a test claims") as work:
        stale = SQLOutbox(work.db).claim(tenants.ours, limit=9, lease=timedelta(seconds=-1))[0]
    with system_work(registry, reason="a test claims") as work:
        fresh = SQLOutbox(work.db).claim(tenants.ours, limit=9, lease=timedelta(seconds=60))[0]
    with system_work(registry, reason="a test settles") as work:
        SQLOutbox(work.db).put_off(stale, until=stale.delivery.at, error="too late")
        SQLOutbox(work.db).bury(stale, error="too late")
        assert list(SQLOutbox(work.db).tenants_with_work()) == []
    assert (stale.attempts, fresh.attempts) == (1, 2)
    assert (rig.backlog(registry).waiting, rig.backlog(registry).dead) == (1, 0)


def test_a_batch_that_outlasts_its_lease_is_given_back_in_time(install, tenants):
    def slow(delivery, work):
        time.sleep(0.15)

    registry = install(listen={"one": slow}, lease_seconds=0.3)
    for n in range(4):
        rig.make_thing(registry, tenants.ours, n)
    relay = Relay(registry)
    step = relay._serve(tenants.ours)
    assert 0 < step.delivered < 4
    assert step.delivered + relay.drain().delivered == 4


@pytest.mark.parametrize("stop_at", [0, 2])
def test_a_stopped_relay_finishes_what_it_has_in_hand_and_gives_back_the_rest(install, tenants, stop_at):
    got = []

    def consume(delivery, work):
        got.append(delivery.payload["n"])
        if len(got) == stop_at + 1:
            relay.stop()

    registry = install(listen={"one": consume})
    for n in range(5):
        rig.make_thing(registry, tenants.ours, n)
    relay = Relay(registry)
    relay.run()
    assert len(got) == stop_at + 1
    rig.drain(registry)
    assert sorted(got) == [0, 1, 2, 3, 4]


def test_a_delivery_that_kills_every_relay_ends_aside_and_takes_no_other_with_it(install, tenants):
    class Death(BaseException):
        """Nothing of the relay runs after it, as after a crash of the process."""

    got, deaths = [], 0

    def consume(delivery, work):
        if delivery.payload["n"] == 1:
            raise Death
        got.append(delivery.payload["n"])

    registry = install(listen={"one": consume}, max_attempts=5, lease_seconds=0.2)
    for n in range(4):
        rig.make_thing(registry, tenants.ours, n)
        time.sleep(0.002)
    while rig.backlog(registry).waiting:
        try:
            Relay(registry).drain()
        except Death:
            deaths += 1
        time.sleep(0.05)
    assert deaths == 5
    assert set(got) == {0, 2, 3}
    with tenant_work(registry, tenants.ours, writing=False) as work:
        dead = work.db.scalars(select(OutboxDead)).one()
    assert (dead.payload, dead.last_error) == (
        {"n": 1},
        "No relay has survived the attempts to deliver this.",
    )
