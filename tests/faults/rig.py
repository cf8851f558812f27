"""The storeys up to events, and the recording half of audit, put together as an installation of their own."""

from __future__ import annotations

import dataclasses
import time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from pyramid.config import Configurator

from insula.audit.interfaces import Verification
from insula.audit.verifying import verify
from insula.db.engines import engines_of
from insula.db.revisions import ROOMS
from insula.db.work import system_work, tenant_work
from insula.events.interfaces import Backlog, DrainReport, Event, Events
from insula.events.outbox import SQLOutbox
from insula.events.relay import Relay
from insula.events.threads import start_with_first_request
from insula.events.threads import stop as stop_thread
from insula.kit.json import loads
from insula.observability.log import configure
from insula.records.interfaces import STORE, Range, store_of, system_stream

_APPLICATION = "tests.application"
STOREYS = ("kit", "observability", "db", "records", "events")


@dataclasses.dataclass(frozen=True)
class ThingMade(Event):
    """What the tests emit."""

    name = "thing.made"

    n: int


def build(settings: dict[str, str], *, audit: bool = True, wire: Any = None) -> Any:
    """Return the registry of an application of the lower storeys; `wire(config)` adds listeners of a test."""
    configure("json", "WARNING")
    config = Configurator(settings={"insula.kit.secret": "s" * 40, **settings})
    for room in STOREYS:
        config.include(f"insula.{room}")
    if audit:
        config.include("insula.audit.recording")
    if wire is not None:
        wire(config)
    config.registry[ROOMS] = (*STOREYS, "audit")
    config.registry[_APPLICATION] = config.make_wsgi_app()
    return config.registry


def application(registry: Any) -> Any:
    """Return the WSGI application of a registry that `build` made."""
    return registry[_APPLICATION]


def make_thing(registry: Any, tenant_id: UUID, n: int, *, actor: str | None = "tester") -> None:
    """Emit one event in a transaction of its own."""
    with tenant_work(registry, tenant_id) as work:
        work.find_service(Events).emit(ThingMade(n), actor=actor)


def drain(registry: Any, *, patience: float = 30.0) -> DrainReport:
    """Run a relay until nothing waits, leases of killed relays included."""
    relay, total = Relay(registry), DrainReport()
    until = time.monotonic() + patience
    while time.monotonic() < until:
        total += relay.drain()
        if backlog(registry).waiting == 0:
            relay.release()
            return total
        time.sleep(0.05)
    raise AssertionError(f"still waiting after {patience} s: {backlog(registry)}")


def backlog(registry: Any) -> Backlog:
    """Count what waits in the outbox."""
    with system_work(registry, reason="a test counts", writing=False) as work:
        return SQLOutbox(work.db).backlog()


def audited(registry: Any, tenant_id: UUID, event: str = ThingMade.name) -> list[int]:
    """Return the `n` of each audited event of a tenant, as often as it stands in the stream."""
    stream = system_stream(registry, tenant_id, "_audit")
    records = store_of(registry).read(stream, Range(limit=10_000, newest_first=False))
    bodies = [loads(record.body) for record in records]
    return sorted(body["payload"]["n"] for body in bodies if body["event"] == event)


def verified(registry: Any, tenant_id: UUID) -> Verification:
    """Return what going through the chain of a tenant's trail finds."""
    return verify(registry, tenant_id)


class _Held:
    """Holds a record store where the registry looks for the installation's."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def get(self) -> Any:
        return self._store


def wrap_store(registry: Any, wrapper: Any) -> Any:
    """Put a delegating record store of a test around the installation's own, and return it."""
    wrapped = wrapper(store_of(registry))
    registry[STORE] = _Held(wrapped)
    return wrapped


def start_thread(registry: Any) -> None:
    """Start the relay thread as the first request does."""
    start_with_first_request(SimpleNamespace(request=SimpleNamespace(registry=registry)))


def close(registry: Any) -> None:
    """End the relay thread of a registry and let go of its connections."""
    stop_thread(registry)
    store_of(registry).close()
    engines_of(registry).dispose()
