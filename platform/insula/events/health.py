"""The relay's line in /readyz: how much waits, and for how long."""

from __future__ import annotations

from pyramid.registry import Registry

from insula.db.interfaces import NoSystemRole
from insula.db.work import system_work
from insula.events.outbox import SQLOutbox
from insula.events.relay import REASON
from insula.events.settings import EventsSettings
from insula.kit.clock import now
from insula.kit.settings import settings_of
from insula.observability.health import HealthState


def check(registry: Registry) -> HealthState:
    """Report the backlog; in a process that may not see every tenant's rows, say that only."""
    settings = settings_of(registry, EventsSettings)
    try:
        with system_work(registry, reason=REASON, writing=False) as work:
            backlog = SQLOutbox(work.db).backlog()
    except NoSystemRole:
        return HealthState(True, "the backlog is watched by the workers")
    age = (now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
    ok = backlog.waiting <= settings.backlog_limit and age <= settings.backlog_age_seconds
    return HealthState(ok, f"{backlog.waiting} waiting, oldest {age:.0f} s, {backlog.dead} put aside")
