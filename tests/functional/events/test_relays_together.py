"""Several relays at once: on PostgreSQL they share the work, on SQLite one works, and nothing arrives twice."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from insula.events.relay import Relay
from tests.faults import rig

LOWER = ("insula.db.", "insula.records.")
COUNT = 120


@pytest.fixture
def registry(installation):
    got = []

    def consume(delivery, work):
        got.append((work.tenant_id, delivery.payload["n"], threading.get_ident()))

    settings = {key: value for key, value in installation.settings.items() if key.startswith(LOWER)}
    built = rig.build(
        {**settings, "insula.events.batch": "7"},
        audit=False,
        wire=lambda config: config.add_consumer("test", consume, events=(rig.ThingMade,)),
    )
    built["got"] = got
    yield built
    rig.close(built)


def test_three_relays_deliver_each_event_once(installation, registry, one, two):
    installation.drain()
    tenants = [one.tenant.id, two.tenant.id]
    for n in range(COUNT):
        rig.make_thing(registry, tenants[n % 2], n)
    relays = [Relay(registry) for _ in range(3)]
    threads = [threading.Thread(target=relay.drain) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for relay in relays:
        relay.release()
    rig.drain(registry)
    counted = Counter((tenant_id, n) for tenant_id, n, _ in registry["got"])
    assert counted == Counter((tenants[n % 2], n) for n in range(COUNT))
