"""Every system session leaves a trace."""

import logging

import pytest
from sqlalchemy import select

from insula.db.work import system_work, tenant_work
from insula.events.models import Outbox
from insula.events.relay import Relay
from tests.faults import rig


def opened(registry, tenant_id):
    with tenant_work(registry, tenant_id, writing=False) as work:
        rows = work.db.scalars(select(Outbox).where(Outbox.event == "system.session-opened")).all()
    return [row.payload["reason"] for row in rows]


def test_entering_one_tenant_is_an_event_of_that_tenant_even_when_the_act_is_refused(install, tenants):
    registry = install(audit=True)
    with system_work(registry, reason="looks after it", tenant_id=tenants.ours):
        pass
    with pytest.raises(RuntimeError), system_work(registry, reason="fails", tenant_id=tenants.ours):
        raise RuntimeError
    assert opened(registry, tenants.ours) == ["looks after it", "fails"]
    assert opened(registry, tenants.theirs) == []


def test_the_relays_own_sessions_are_logged_once(install, tenants, caplog):
    registry = install(listen={"one": lambda delivery, work: None})
    logger = logging.getLogger("insula.events.crossings")
    logger.addHandler(caplog.handler)
    caplog.set_level("INFO", logger=logger.name)
    relay = Relay(registry)
    for n in range(3):
        rig.make_thing(registry, tenants.ours, n)
        relay.drain()
    rig.backlog(registry)
    logger.removeHandler(caplog.handler)
    assert [record.msg["reason"] for record in caplog.records] == ["relay", "a test counts"]
