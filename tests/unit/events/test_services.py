"""Emitting: subscribers at once, an outbox row for each consumer, all in the caller's transaction."""

import pytest
from sqlalchemy import select

from insula.db.work import tenant_work
from insula.events.interfaces import Events
from insula.events.models import Outbox
from insula.kit.errors import Conflict
from tests.faults import rig


def nothing(delivery, work):
    """Take a delivery and do nothing."""


def rows_of(registry, tenant_id):
    with tenant_work(registry, tenant_id, writing=False) as work:
        return work.db.scalars(select(Outbox)).all()


def test_one_row_waits_for_each_interested_consumer_of_this_tenant_only(install, tenants):
    registry = install(listen={"one": nothing, "two": nothing})
    rig.make_thing(registry, tenants.ours, 7, actor="ada")
    ours = rows_of(registry, tenants.ours)
    assert {(row.consumer, row.event, row.actor) for row in ours} == {
        ("one", "thing.made", "ada"),
        ("two", "thing.made", "ada"),
    }
    assert all(row.payload == {"n": 7} and row.request_id for row in ours)
    assert rows_of(registry, tenants.theirs) == []


def test_an_event_nobody_consumes_leaves_no_row(install, tenants):
    registry = install()
    rig.make_thing(registry, tenants.ours, 7)
    assert rig.backlog(registry).waiting == 0


def test_subscribers_run_at_once_in_the_order_in_which_they_were_added(install, tenants):
    heard = []

    def first(event, work):
        heard.append(("first", event.n, work.tenant_id))

    def second(event, work):
        heard.append(("second", event.n, work.tenant_id))

    registry = install(subscribe=[first, second])
    with tenant_work(registry, tenants.ours) as work:
        work.find_service(Events).emit(rig.ThingMade(1))
        assert heard == [("first", 1, tenants.ours), ("second", 1, tenants.ours)]


def test_a_subscriber_refuses_by_raising_and_nothing_of_the_transaction_stays(install, tenants):
    def refuse(event, work):
        if event.n == 2:
            raise Conflict("Not two.")

    registry = install(listen={"one": nothing}, subscribe=[refuse])
    with pytest.raises(Conflict), tenant_work(registry, tenants.ours) as work:  # noqa: PT012  # the second is refused
        work.find_service(Events).emit(rig.ThingMade(1))
        work.find_service(Events).emit(rig.ThingMade(2))
    assert rows_of(registry, tenants.ours) == []
    rig.make_thing(registry, tenants.ours, 3)
    assert [row.payload["n"] for row in rows_of(registry, tenants.ours)] == [3]
