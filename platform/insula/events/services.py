"""Events by way of the outbox table of the caller's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert

from insula.events.directives import Listeners, listeners_of
from insula.events.interfaces import Event, actor_of, origin_of
from insula.events.models import Outbox
from insula.events.threads import wake
from insula.kit.json import dumps, loads

_ADD: Final = insert(Outbox.__table__)  # type: ignore[arg-type]  # the class of a table says no more than FromClause


class OutboxEvents:
    """Runs subscribers at once and writes a row per interested consumer into the same session.

    The rows are added immediately and not at commit time: a session that only read until then would be ended
    by zope.sqlalchemy with a rollback, and a row added after that moment would vanish without an error.
    """

    def __init__(
        self,
        session: Any,
        listeners: Listeners,
        work: Any,
        *,
        request_id: str | None,
        on_commit: Callable[[], None],
    ) -> None:
        self._session = session
        self._listeners = listeners
        self._work = work
        self._request_id = request_id
        self._on_commit = on_commit
        self._hooked = False

    def emit(self, event: Event, *, actor: str | None = None) -> None:
        """Run the subscribers now and leave an outbox row per interested consumer, in this transaction."""
        self.emit_all([event], actor=actor)

    def emit_all(self, events: Iterable[Event], *, actor: str | None = None) -> None:
        """Emit several events, whose rows are written together."""
        rows = [row for event in events for row in self._note(event, actor)]
        if rows:
            # Written here so that a refusal by the database is met where the event is, not at the commit.
            self._session.flush()
            self._session.connection().execute(_ADD, rows)
            self._wake_after_commit()

    def _note(self, event: Event, actor: str | None) -> list[dict[str, Any]]:
        """Run the subscribers and return the rows."""
        text = dumps(event.payload())
        payload = loads(text)
        for subscriber in self._listeners.subscribers_of(event.name):
            subscriber(event, self._work)
        consumers = self._listeners.consumers_of(event.name)
        tenant_id = _tenant_of(self._session, payload)
        if consumers and actor is None:
            actor = actor_of(self._work)
        origin = origin_of(self._work) if consumers else {}
        return [
            {
                "tenant_id": tenant_id,
                "consumer": consumer,
                "event": event.name,
                "payload": payload,
                "actor": actor,
                "request_id": self._request_id,
                "origin": origin or None,
                "partition_key": event.name.partition(".")[0],
                "size": len(text),
            }
            for consumer in consumers
        ]

    def _wake_after_commit(self) -> None:
        if not self._hooked:
            self._hooked = True
            self._on_commit()


def _tenant_of(session: Any, payload: dict[str, Any]) -> UUID:
    # A system session may cross tenants; what it does to one is that tenant's event and says whose it is.
    scope = session.scope
    if scope.kind == "system" and scope.tenant_id is None and "tenant_id" in payload:
        return UUID(payload["tenant_id"])
    tenant_id: UUID = session.tenant_id
    return tenant_id


def events_factory(context: Any, request: Any) -> OutboxEvents:
    """Make the service for a request or for work outside of HTTP."""
    registry = request.registry

    def wake_after_commit() -> None:
        request.tm.get().addAfterCommitHook(_wake_if_committed, args=(registry,))

    return OutboxEvents(
        request.db,
        listeners_of(registry),
        request,
        request_id=getattr(request, "id", None),
        on_commit=wake_after_commit,
    )


def _wake_if_committed(committed: Any, registry: Any) -> None:
    # Losing this call costs latency only: the relay also polls.
    if committed:
        wake(registry)
