"""Leaves a trace of every system session: those are the only way past the walls between tenants."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from pyramid.registry import Registry

from insula.db.interfaces import Scope
from insula.db.work import on_system_session, tenant_work
from insula.events.interfaces import Event, Events
from insula.events.relay import REASON
from insula.observability.log import get

log = get("insula.events.crossings")


@dataclasses.dataclass(frozen=True)
class SystemSessionOpened(Event):
    """Somebody worked on a tenant's rows from outside of the tenant."""

    name = "system.session-opened"

    reason: str


class Crossings:
    """Writes each crossing to the log and, where it enters one tenant, into that tenant's events."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._relay_logged_by: int | None = None

    def __call__(self, scope: Scope) -> None:
        """Note one system session; the relay's own once a process, or they would drown all others."""
        if scope.reason == REASON:
            if self._relay_logged_by != os.getpid():
                self._relay_logged_by = os.getpid()
                log.info("system session", reason=scope.reason, tenant=None)
            return
        tenant = str(scope.tenant_id) if scope.tenant_id else None
        log.info("system session", reason=scope.reason, tenant=tenant)
        if scope.tenant_id is not None:
            # A transaction of its own, begun before the act: the trace stays when that is refused.
            with tenant_work(self._registry, scope.tenant_id) as work:
                work.find_service(Events).emit(SystemSessionOpened(scope.reason))


def watch(event: Any) -> None:
    """Begin to note the crossings of an application."""
    registry = event.app.registry
    on_system_session(registry, Crossings(registry))
