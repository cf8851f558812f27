"""Last-seen times wait in memory and are written together, so that reading a page writes no row."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from insula.accounts.models import APIToken, SignIn
from insula.accounts.remembered import QUIET
from insula.accounts.settings import AccountsSettings
from insula.db.work import tenant_work
from insula.kit.settings import settings_of
from insula.observability.log import get

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

log = get("insula.accounts.seen")
_KEY = "insula.accounts.seen"
_LOCK = threading.Lock()


class SeenBuffer:
    """Collects when sessions and tokens were last used, and writes it some seconds later.

    The timer is started by the first note after a flush; an idle process has none, and one that is
    killed loses a few seconds of times, which is all that is at stake.
    """

    def __init__(self, registry: Any, seconds: float) -> None:
        self._registry = registry
        self._seconds = seconds
        self._lock = threading.Lock()
        self._waiting: dict[tuple[UUID, str, UUID], datetime] = {}
        self._timer: threading.Timer | None = None

    def note(self, tenant_id: UUID, kind: str, row_id: UUID, at: datetime) -> None:
        """Remember that the `sign_in` or `api_token` with this id was used."""
        if not self._seconds:
            return
        with self._lock:
            self._waiting[tenant_id, kind, row_id] = at
            if self._timer is None:
                self._timer = threading.Timer(self._seconds, self._flush_later)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> int:
        """Write what waits, one short transaction a tenant, and return how many rows that were."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        by_tenant: dict[UUID, list[tuple[str, UUID, datetime]]] = defaultdict(list)
        for (tenant_id, kind, row_id), at in waiting.items():
            by_tenant[tenant_id].append((kind, row_id, at))
        for tenant_id, rows in by_tenant.items():
            with tenant_work(self._registry, tenant_id, writing=True) as work:
                for kind, row_id, at in rows:
                    _write(work.db, kind, row_id, at)
        return len(waiting)

    def _flush_later(self) -> None:
        try:
            self.flush()
        except SQLAlchemyError as error:
            # These times are a comfort: a database that is down is told by the requests themselves.
            log.warning("accounts.seen.lost", error=type(error).__name__)


def _write(session: Any, kind: str, row_id: UUID, at: datetime) -> None:
    if kind == "sign_in":
        statement = (
            update(SignIn)
            .where(SignIn.tenant_id == session.tenant_id, SignIn.id == row_id, SignIn.last_seen_at < at)
            .values(last_seen_at=at)
        )
    else:
        statement = (
            update(APIToken)
            .where(APIToken.tenant_id == session.tenant_id, APIToken.id == row_id)
            .values(last_used_at=at)
        )
    session.execute(statement.execution_options(synchronize_session=False, **QUIET))


def seen_of(registry: Any) -> SeenBuffer:
    """Return the buffer of this process."""
    with _LOCK:
        found: SeenBuffer | None = registry.get(_KEY)
        if found is None:
            found = SeenBuffer(registry, settings_of(registry, AccountsSettings).seen_flush)
            registry[_KEY] = found
        return found
