"""Events by way of the outbox table of the caller's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, bindparam, insert

from insula.db.prepared import Prepared
from insula.db.types import JSONText
from insula.events.directives import Listeners, listeners_of
from insula.events.interfaces import Event, actor_of, origin_of
from insula.events.models import Outbox
from insula.events.threads import wake
from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.kit.json import dumps

_TABLE: Final[Table] = Outbox.__table__  # type: ignore[assignment]  # a mapped class has a Table
_WRITTEN: Final = frozenset({"payload", "origin"})
"""The columns whose documents are given as text."""
_ADD: Final = Prepared(
    insert(_TABLE).values(
        {
            name: bindparam(f"new_{name}", type_=JSONText() if name in _WRITTEN else _TABLE.c[name].type)
            for name in _TABLE.c.keys()  # noqa: SIM118  # of columns
            if name not in ("kept", "last_error")
        }
    )
)


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
            _ADD.count(self._session, rows)
            self._wake_after_commit()

    def _note(self, event: Event, actor: str | None) -> list[dict[str, Any]]:
        """Run the subscribers and return the rows."""
        payload = event.payload()
        text = dumps(payload)
        for subscriber in self._listeners.subscribers_of(event.name):
            subscriber(event, self._work)
        consumers = self._listeners.consumers_of(event.name)
        if not consumers:
            return []
        if actor is None:
            actor = actor_of(self._work)
        origin, at = origin_of(self._work), now()
        return [
            {
                "new_id": uuid7(at),
                "new_tenant_id": _tenant_of(self._session, payload),
                "new_consumer": consumer,
                "new_event": event.name,
                "new_payload": text.decode(),
                "new_actor": actor,
                "new_request_id": self._request_id,
                "new_origin": dumps(origin).decode() if origin else None,
                "new_partition_key": event.name.partition(".")[0],
                "new_records": 0,
                "new_size": len(text),
                "new_attempts": 0,
                "new_created_at": at,
                "new_not_before": at,
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
        return UUID(str(payload["tenant_id"]))
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
