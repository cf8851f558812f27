"""The relay: carries committed outbox rows to their consumers, at least once, and can be killed anywhere.

A delivery is claimed in one short transaction, handed to its consumer outside of any transaction of the
relay, and acknowledged in another short one. No lock is therefore held while a consumer talks to a store, and
a relay that dies leaves nothing but leases that run out.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from pyramid.registry import Registry
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from insula.db.work import system_work, tenant_work
from insula.events.directives import listeners_of
from insula.events.interfaces import DrainReport
from insula.events.outbox import Claim, SQLOutbox
from insula.events.pauses import Pauses
from insula.events.settings import EventsSettings
from insula.kit.clock import now
from insula.kit.errors import InsulaError, Unavailable
from insula.kit.ids import uuid7
from insula.kit.settings import settings_of
from insula.observability.log import get

REASON = "relay"
_LEASE_SHARE = 0.7
_CAREFUL_AFTER = 3
_DEADLY = "No relay has survived the attempts to deliver this."
_MAX_TROUBLE_SECONDS = 30.0
_TURNS_ASKED = 4
log = get("insula.events.relay")


class Relay:
    """Drains the outbox of an installation; several may work at once where the database skips locked rows."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._settings = settings_of(registry, EventsSettings)
        self._listeners = listeners_of(registry)
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid7().hex[-8:]}"
        self._pauses = Pauses()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._tended: dict[str, float] = {}

    def wake(self) -> None:
        """Look for work now instead of at the next poll."""
        self._woken.set()

    def stop(self) -> None:
        """End `run` after the delivery in hand; safe to call from a signal handler."""
        self._stopping.set()
        self._woken.set()

    def run(self, *, report: Callable[[DrainReport], None] = lambda _: None) -> None:
        """Drain, wait for a wake-up or the next poll, and so on until `stop`."""
        log.info("relay started", holder=self._holder)
        trouble = 0.0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                report(self.drain())
                self.tend()
                trouble = 0.0
            except SQLAlchemyError as error:
                # The database is away or busy. What was claimed comes back by its lease.
                trouble = min(max(trouble * 2, self._settings.poll_seconds), _MAX_TROUBLE_SECONDS)
                log.warning("relay cannot reach the outbox", error=repr(error), wait=trouble)
                self._stopping.wait(trouble)
            self._woken.wait(self._settings.poll_seconds)
        self.release()
        log.info("relay stopped", holder=self._holder)

    def drain(self) -> DrainReport:
        """Deliver until nothing is due, and say what was done."""
        total = DrainReport()
        while not self._stopping.is_set():
            step = self._once_around()
            if step == DrainReport():
                break
            total += step
        return total

    def tend(self) -> None:
        """Do the steps of upkeep whose time has come."""
        for name, (every, upkeep) in self._listeners.upkeep.items():
            if self._stopping.is_set() or time.monotonic() < self._tended.get(name, 0.0):
                continue
            # Asked again a few times within the span, since the relay that had the last turn may be gone.
            self._tended[name] = time.monotonic() + every / _TURNS_ASKED
            with self._outbox() as outbox:
                if not outbox.take_turn(name, self._holder, timedelta(seconds=every)):
                    continue
            try:
                upkeep(self._registry)
            except (InsulaError, SQLAlchemyError) as error:
                log.warning("upkeep failed", upkeep=name, error=repr(error))

    def release(self) -> None:
        """Let another relay begin at once where only one may work."""
        try:
            with self._outbox() as outbox:
                outbox.drop_lease(self._holder)
        except SQLAlchemyError as error:
            log.warning("relay lease was left to run out", error=repr(error))

    def _once_around(self) -> DrainReport:
        # One batch per tenant and round: a long backlog of one does not make the others wait for its end.
        with self._outbox(writing=False) as outbox:
            tenants = list(outbox.tenants_with_work(self._pauses.current()))
        total = DrainReport()
        for tenant_id in tenants:
            if self._stopping.is_set():
                break
            total += self._serve(tenant_id)
        return total

    def _serve(self, tenant_id: UUID) -> DrainReport:
        lease = timedelta(seconds=self._settings.lease_seconds)
        deadline = time.monotonic() + self._settings.lease_seconds * _LEASE_SHARE
        with self._outbox() as outbox:
            if not self._may_work(outbox, lease):
                return DrainReport()
            claims = outbox.claim(
                tenant_id, limit=self._settings.batch, lease=lease, paused=self._pauses.current()
            )
            if len(claims) > 1 and any(claim.attempts > _CAREFUL_AFTER for claim in claims):
                # One of these may be killing its relays: it goes alone, and counts against itself only.
                outbox.give_back(claims[1:], until=now())
                claims = claims[:1]
        if not claims:
            return DrainReport()
        taken: list[UUID] = []
        untried: list[Claim] = []
        failed = [(claim, _DEADLY) for claim in claims if claim.attempts > self._settings.max_attempts]
        groups = deque(
            self._groups(claim for claim in claims if claim.attempts <= self._settings.max_attempts)
        )
        while groups:
            group = groups.popleft()
            consumer = group[0].consumer
            late = self._stopping.is_set() or time.monotonic() > deadline
            if late or consumer in self._pauses.current():
                untried += group
                continue
            try:
                self._deliver(group)
            except Unavailable as error:
                self._pauses.pause(consumer)
                untried += group
                log.warning("consumer is paused", consumer=consumer, error=repr(error))
            except Exception as error:  # whatever a consumer raises, the others must go on
                if len(group) > 1:
                    # One of these is the reason: each goes alone, so that it counts against no other.
                    groups.extendleft([claim] for claim in reversed(group))
                    continue
                failed.append((group[0], repr(error)))
                log.exception("delivery failed", consumer=consumer, fact=group[0].delivery.event)
            else:
                self._pauses.resume(consumer)
                taken += [claim.delivery.id for claim in group]
        return self._settle(tenant_id, taken, untried, failed)

    def _groups(self, claims: Iterable[Claim]) -> Iterable[list[Claim]]:
        """Return what is delivered together: all for a consumer that takes several, every other claim alone."""
        groups: dict[str | UUID, list[Claim]] = {}
        for claim in claims:
            together = claim.consumer in self._listeners.batched
            groups.setdefault(claim.consumer if together else claim.delivery.id, []).append(claim)
        return groups.values()

    def _deliver(self, group: list[Claim]) -> None:
        first = group[0]
        known = self._listeners.consumers.get(first.consumer)
        if known is None:
            raise LookupError(f"No consumer is called {first.consumer!r} in this installation.")
        batched = first.consumer in self._listeners.batched
        delivery = first.delivery
        with (
            bound_contextvars(
                request_id=delivery.request_id if len(group) == 1 else None, tenant=str(delivery.tenant_id)
            ),
            tenant_work(self._registry, delivery.tenant_id, writing=False) as work,
        ):
            known[1]([claim.delivery for claim in group] if batched else delivery, work)

    def _settle(
        self, tenant_id: UUID, taken: list[UUID], untried: list[Claim], failed: list[tuple[Claim, str]]
    ) -> DrainReport:
        buried = 0
        with self._outbox() as outbox:
            outbox.give_back(untried, until=now())
            for claim, error in failed:
                if claim.attempts >= self._settings.max_attempts:
                    outbox.bury(claim, error=error)
                    buried += 1
                else:
                    outbox.put_off(claim, until=now() + self._wait(claim.attempts), error=error)
            if taken:
                # The last, since from here on the count of this tenant's records is locked.
                outbox.acknowledge(tenant_id, taken)
        return DrainReport(delivered=len(taken), retried=len(failed) - buried, buried=buried)

    def _wait(self, attempts: int) -> timedelta:
        doubled = self._settings.retry_seconds * 2.0 ** min(attempts - 1, 30)
        return timedelta(seconds=min(doubled, self._settings.retry_max_seconds))

    def _may_work(self, outbox: SQLOutbox, lease: timedelta) -> bool:
        return outbox.skips_locked_rows or outbox.hold_lease(self._holder, lease)

    @contextmanager
    def _outbox(self, *, writing: bool = True) -> Iterator[SQLOutbox]:
        with system_work(self._registry, reason=REASON, writing=writing) as work:
            yield SQLOutbox(work.db)


def drain(registry: Registry) -> DrainReport:
    """Deliver what is due, once, in this thread."""
    relay = Relay(registry)
    report = relay.drain()
    relay.release()
    return report
