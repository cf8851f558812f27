"""An installation of the storeys up to events on SQLite, made anew for each test."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from insula.db.revisions import upgrade
from insula.kit.ids import uuid7
from insula.records.interfaces import store_of
from tests.faults import rig


@pytest.fixture
def sqlite(tmp_path):
    """The settings of an installation on SQLite."""
    return {
        "insula.db.url": f"sqlite:///{tmp_path}/rows.db",
        "insula.records.url": f"sqlite:///{tmp_path}/records.db",
        "insula.events.retry_seconds": "0.01",
        "insula.events.retry_max_seconds": "0.02",
        "insula.events.poll_seconds": "0.05",
    }


@pytest.fixture
def install(sqlite):
    """Make an installation; `listen` is {consumer name: callable}, `subscribe` a list of callables."""
    made = []

    def make(listen=None, subscribe=(), audit=False, **settings):
        def wire(config):
            for name, consumer in (listen or {}).items():
                config.add_consumer(name, consumer, events=(rig.ThingMade,))
            for subscriber in subscribe:
                config.add_event_subscriber(rig.ThingMade, subscriber)

        given = {f"insula.events.{key}": str(value) for key, value in settings.items()}
        registry = rig.build({**sqlite, **given}, audit=audit, wire=wire)
        if not made:
            upgrade(registry)
            store_of(registry).migrate()
        made.append(registry)
        return registry

    yield make
    for registry in made:
        rig.close(registry)


@pytest.fixture
def tenants():
    """Two tenants, of whom this storey knows no more than their ids."""
    return SimpleNamespace(ours=uuid7(), theirs=uuid7())
