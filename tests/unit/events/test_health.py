"""The relay's line in /readyz."""

import time

from sqlalchemy import func, select, text

from insula.db.engines import engines_of
from insula.db.guard import RAW
from insula.events.models import Outbox
from insula.observability.health import check_all
from tests.faults import rig


def state(registry):
    return check_all(registry)["relay"]


def test_a_backlog_over_its_limit_or_too_old_is_not_ready(install, tenants):
    registry = install(listen={"one": lambda delivery, work: None}, backlog_limit=1)
    assert state(registry).ok
    rig.make_thing(registry, tenants.ours, 1)
    assert state(registry).ok
    rig.make_thing(registry, tenants.theirs, 2)
    assert not state(registry).ok
    assert state(registry).detail.startswith("2 waiting")
    aged = install(listen={"one": lambda delivery, work: None}, backlog_age_seconds=0.05)
    time.sleep(0.1)
    assert not state(aged).ok
    rig.drain(aged)
    assert state(aged).ok


def test_a_process_without_the_system_role_leaves_the_question_to_the_workers(install):
    registry = install()
    registry_without = rig.build(
        {"insula.db.url": "postgresql+psycopg://nobody@127.0.0.1:1/none", **records_of(registry)}
    )
    assert state(registry_without).ok
    assert "workers" in state(registry_without).detail
    rig.close(registry_without)


def records_of(registry):
    return {key: value for key, value in registry.settings.items() if key.startswith("insula.records.")}


def test_the_backlog_is_counted_without_reading_what_waits(install):
    registry = install()
    query = str(select(func.count(), func.min(Outbox.created_at)))
    with engines_of(registry).app.connect() as connection:
        plan = connection.execute(
            text(f"EXPLAIN QUERY PLAN {query}"), execution_options={RAW: "a plan reads no row"}
        )
        assert "COVERING INDEX ix_outbox_tenant_id_consumer_created_at" in str(plan.all())
