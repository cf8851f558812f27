"""Records enforced decisions in the system stream `_decisions`, behind the backs of the requests.

A request only puts its decision aside, in a bounded buffer. A thread of the process writes what waits every few
seconds: an append for each tenant costs a third of a request, which is felt where many tenants ask at once.
Nothing here slows or fails a request: with a store that is down or a buffer that is full, decisions are dropped and
counted.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from insula.kit.ending import at_end
from insula.kit.errors import InsulaError
from insula.kit.settings import settings_of
from insula.observability.log import get
from insula.records.interfaces import StoreUnavailable, store_of, system_stream
from insula.security.buffer import Counts, Waiting, WeightedBuffer
from insula.security.in_force import in_force
from insula.security.interfaces import DECISIONS
from insula.security.recorded import Taken, encode
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from uuid import UUID

    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request

    from insula.records.interfaces import NewRecord
    from insula.security.cedar.engine import Question
    from insula.security.interfaces import Decision, Identity

log = get("insula.security.decisions")
_KEY: Final = "insula.security.recorder"
_LOOKS: Final = 1.0
"""Seconds after which the thread looks whether too many wait."""


def includeme(config: Configurator) -> None:
    """Declare the stream and make the recorder of this application."""
    config.add_system_stream(DECISIONS, title="Decisions", retention="30d", order="time")
    config.registry[_KEY] = DecisionRecorder(config.registry)
    at_end(config.registry, config.registry[_KEY].stop)


def recorder_of(registry: Registry) -> DecisionRecorder:
    """Return the recorder of this process."""
    found: DecisionRecorder = registry[_KEY]
    return found


def note(request: Request, question: Question, decision: Decision, identity: Identity | None) -> None:
    """Put an enforced decision of a request aside for the record."""
    recorder: DecisionRecorder | None = request.registry.get(_KEY)
    if recorder is not None and recorder.on:
        binds = in_force(request)
        taken = Taken(question, decision, identity, binds.number, binds.policy.schema, request.path)
        recorder.note(request.tenant_id, taken)


class DecisionRecorder:
    """The buffer of one application in one process, and the thread that empties it."""

    def __init__(self, registry: Registry) -> None:
        settings = settings_of(registry, SecuritySettings)
        self.on = settings.decisions_recorded
        self._registry = registry
        self._settings = settings
        self._thread: threading.Thread | None = None
        self._begin()

    def note(self, tenant_id: UUID, taken: Taken) -> None:
        """Put one decision aside; the first one of a process starts the thread."""
        if self._pid != os.getpid():
            # A fork copies neither threads nor who holds a lock, and what waited belongs to the parent.
            self._begin()
        self._buffer.add(tenant_id, taken, taken.decision.allowed)
        if self._thread is None:
            self._start()

    def flush(self) -> int:
        """Write what waits, one append a tenant, and return how many records that were."""
        written = 0
        with self._writing:
            by_tenant: dict[UUID, list[Waiting[Taken]]] = defaultdict(list)
            for waiting in self._buffer.take():
                by_tenant[waiting.tenant_id].append(waiting)
            for tenant_id, rows in by_tenant.items():
                written += self._write(tenant_id, rows)
        return written

    def stop(self) -> None:
        """Write what waits and end the thread; the next decision starts another."""
        atexit.unregister(self._at_exit)
        self._stopping.set()
        self.flush()
        with self._starting:
            self._thread = None

    def _at_exit(self) -> None:
        # An interpreter that is ending starts no threads any more, so a store that has yet to connect cannot, and
        # nobody is left to be told.
        with contextlib.suppress(RuntimeError):
            self.stop()

    @property
    def counts(self) -> Counts:
        """What this process has seen, kept and dropped."""
        return self._buffer.counts

    def _begin(self) -> None:
        settings = self._settings
        self._pid = os.getpid()
        self._thread = None
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._buffer: WeightedBuffer[Taken] = WeightedBuffer(
            per_second=settings.decisions_per_second,
            sampled=settings.decisions_sampled,
            most=settings.decisions_waiting,
        )

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            stopping = threading.Event()
            thread = threading.Thread(
                target=self._run, args=(stopping,), name="insula-decisions", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:
                # The machine has no thread to give, or the process is ending: the request goes on, the buffer fills.
                log.warning("decisions.no-thread")
                return
            self._stopping, self._thread = stopping, thread
        atexit.register(self._at_exit)

    def _run(self, stopping: threading.Event) -> None:
        waited, step = 0.0, min(_LOOKS, self._settings.decisions_flush)
        while not stopping.wait(step):
            waited += step
            if waited < self._settings.decisions_flush and not self._buffer.half_full:
                continue
            waited = 0.0
            try:
                self.flush()
            except Exception:
                log.exception("decisions.failed")

    def _write(self, tenant_id: UUID, rows: list[Waiting[Taken]]) -> int:
        weights: dict[UUID, int] = {}
        records: list[NewRecord] = []
        for row in rows:
            record = encode(row.item, row.weight)
            weights[record.id] = row.weight
            records.append(record)
        try:
            store_of(self._registry).append(system_stream(self._registry, tenant_id, DECISIONS), records)
        except InsulaError as error:
            lost = error.not_written if isinstance(error, StoreUnavailable) else ()
            dropped = [weights[each] for each in lost or weights]
            self._buffer.drop(dropped)
            log.warning(
                "decisions.dropped",
                tenant_id=str(tenant_id),
                dropped=sum(dropped),
                error=type(error).__name__,
            )
            return len(records) - len(dropped)
        return len(records)
