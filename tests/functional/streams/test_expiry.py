"""Records go when their class has run out, and not before; the clock is moved to find out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from insula.events import outbox
from insula.events.directives import listeners_of
from insula.events.relay import Relay
from insula.kit.clock import now
from insula.kit.commands import Shell, commands_of
from insula.kit.ids import uuid7
from insula.records import expiry
from insula.records.interfaces import NewRecord, Streams, store_of, system_stream


@pytest.fixture
def filled(one, two):
    """Three streams of each tenant with ten records each, and the decisions that everybody has."""
    made = {}
    for tenant in (one, two):
        with tenant.work() as work:
            streams = work.find_service(Streams)
            for retention in ("30d", "400d", "keep"):
                made[tenant.tenant.id, retention] = streams.declare(
                    f"kept-{retention}", title="", retention=retention, backfill_days=0
                )
    store = store_of(one.installation.registry)
    for stream in made.values():
        store.append(stream, [NewRecord(uuid7(), "", b"{}") for _ in range(10)])
    return made


def left(tenant, filled):
    store = store_of(tenant.installation.registry)
    return [store.count(filled[tenant.tenant.id, retention]) for retention in ("30d", "400d", "keep")]


def moved(monkeypatch, days):
    monkeypatch.setattr(expiry, "now", lambda: now() + timedelta(days=days))


def lets_go_itself(tenant):
    return "cassandra" in tenant.installation.settings["insula.records.url"]


def test_records_go_when_their_class_has_run_out_and_not_before(one, two, filled, monkeypatch):
    registry = one.installation.registry
    if lets_go_itself(one):
        moved(monkeypatch, 10_000)
        assert expiry.everywhere(registry) == 0
        return
    for days, expected in ((29, [10, 10, 10]), (31, [0, 10, 10]), (399, [0, 10, 10]), (401, [0, 0, 10])):
        moved(monkeypatch, days)
        expiry.everywhere(registry, tenant_id=one.tenant.id)
        assert left(one, filled) == expected
    assert left(two, filled) == [10, 10, 10]
    moved(monkeypatch, 100_000)
    expiry.everywhere(registry, seconds=None)
    assert left(two, filled) == [0, 0, 10]


def test_many_records_go_batch_by_batch(one, filled, monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 4)
    moved(monkeypatch, 31)
    expiry.everywhere(one.installation.registry, tenant_id=one.tenant.id)
    assert left(one, filled)[0] == (10 if lets_go_itself(one) else 0)


def test_records_that_were_allowed_to_come_late_stay_so_much_longer(one, monkeypatch):
    with one.work() as work:
        stream = work.find_service(Streams).declare("late", title="", retention="30d", backfill_days=10)
    store = store_of(one.installation.registry)
    store.append(stream, [NewRecord(uuid7(), "", b"{}")])
    moved(monkeypatch, 39)
    expiry.everywhere(one.installation.registry, tenant_id=one.tenant.id)
    assert store.count(stream) == 1
    moved(monkeypatch, 41)
    expiry.everywhere(one.installation.registry, tenant_id=one.tenant.id)
    assert store.count(stream) == (1 if lets_go_itself(one) else 0)


def test_the_trail_is_never_swept(one, monkeypatch):
    one.installation.drain()
    trail = system_stream(one.installation.registry, one.tenant.id, "_audit")
    before = store_of(one.installation.registry).count(trail)
    moved(monkeypatch, 100_000)
    expiry.everywhere(one.installation.registry)
    assert store_of(one.installation.registry).count(trail) == before > 0


def test_the_relay_sweeps_when_it_is_time_and_one_relay_at_a_time(one, filled, monkeypatch):
    registry = one.installation.registry
    swept = []
    listeners = listeners_of(registry)
    monkeypatch.setattr(listeners, "upkeep", {uuid7().hex[-12:]: (600.0, swept.append)})
    first, second = Relay(registry), Relay(registry)
    for relay in (first, second, first):
        relay.tend()
    assert swept == [registry]
    monkeypatch.setattr(outbox, "now", lambda: now() + timedelta(seconds=601))
    for relay in (Relay(registry), Relay(registry)):
        relay.tend()
    assert swept == [registry] * 2


def test_the_command_sweeps(one, filled, monkeypatch):
    moved(monkeypatch, 31)
    command = commands_of(one.installation.registry)["records"]
    words = ["expire", "--tenant-id", str(one.tenant.id)]
    result = CliRunner().invoke(command, words, obj=Shell(one.installation.registry, "test.ini"))
    assert result.exit_code == 0, result.output
    assert left(one, filled)[0] == (10 if lets_go_itself(one) else 0)
