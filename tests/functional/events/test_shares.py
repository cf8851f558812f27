"""How much of a tenant waits while the store is down, whoever defers at the same moment."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from insula.events.durable import OutboxedRecords
from insula.events.models import OutboxShare
from insula.events.settings import EventsSettings
from insula.kit.errors import Unavailable
from insula.kit.ids import uuid7
from insula.records.interfaces import NewRecord, StoreUnavailable, Streams, store_of


class Down:
    """A store that takes nothing."""

    def append(self, stream, rows):
        raise StoreUnavailable(not_written=[row.id for row in rows])


def readings(count):
    return [NewRecord(uuid7(), "", json.dumps({"n": n}).encode()) for n in range(count)]


def waiting(tenant):
    with tenant.work(writing=False) as work:
        return work.db.scalar(select(OutboxShare.records)) or 0


def test_a_share_is_filled_to_its_bound_and_no_further_and_empties_as_the_store_takes_it(
    one, two, monkeypatch
):
    registry = one.installation.registry
    monkeypatch.setattr("insula.events.durable.settings_of", lambda *_: EventsSettings(overflow_records=100))
    records = OutboxedRecords(registry, Down())
    with one.work() as work:
        ours = work.find_service(Streams).declare("temperature", title="Temperature")
    with two.work() as work:
        theirs = work.find_service(Streams).declare("temperature", title="Temperature")

    def send(_):
        try:
            return records.append(ours, readings(30))
        except Unavailable:
            return "refused"

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(send, range(8))) == {"outbox": 3, "refused": 5}
    assert waiting(one) == 90
    assert records.append(theirs, readings(100)) == "outbox"
    with pytest.raises(Unavailable):
        records.append(theirs, readings(1))
    one.installation.drain()
    assert (waiting(one), waiting(two)) == (0, 0)
    assert store_of(registry).count(ours) == 90
    assert records.append(ours, readings(100)) == "outbox"
