"""Counters in the installation's database: one statement a request, by itself, on connections of its own.

A request that reads keeps its read-only session, a refusal rolls nothing back that was counted, and who waits for a
counter holds no lock of a tenant's rows.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from insula.limits.buckets import ROUNDING
from insula.limits.counting import WindowStorage
from insula.observability.log import get

if TYPE_CHECKING:
    from collections.abc import Callable

_BEFORE = (
    "CASE WHEN rate_limit.span >= :span THEN rate_limit.before WHEN rate_limit.span = :span - 1 "
    "THEN rate_limit.used ELSE 0 END"
)
_USED = "(CASE WHEN rate_limit.span >= :span THEN rate_limit.used ELSE 0 END) + :amount"
_FULL = "(CASE WHEN rate_limit.expires_at > :now THEN rate_limit.expires_at ELSE :now END) + :seconds"

_COUNT = text(f"""
INSERT INTO rate_limit (name, span, before, used, expires_at) VALUES (:name, :span, 0, :amount, :expires)
ON CONFLICT (name) DO UPDATE SET before = {_BEFORE}, used = {_USED}, expires_at = :expires,
    span = CASE WHEN rate_limit.span > :span THEN rate_limit.span ELSE :span END
WHERE ({_BEFORE}) * :share < :limit - ({_USED}) + 1
RETURNING used""")  # noqa: S608 - put together from the constants above

_TAKE = text(f"""
INSERT INTO rate_limit (name, span, before, used, expires_at) VALUES (:name, 0, 0, 0, :now + :seconds)
ON CONFLICT (name) DO UPDATE SET expires_at = {_FULL} WHERE {_FULL} <= :end
RETURNING expires_at""")  # noqa: S608 - as above

_ADD = text("""
INSERT INTO rate_limit (name, span, before, used, expires_at) VALUES (:name, 0, 0, :amount, :expires)
ON CONFLICT (name) DO UPDATE SET
    used = CASE WHEN rate_limit.expires_at > :now THEN rate_limit.used ELSE 0 END + :amount,
    expires_at = CASE WHEN rate_limit.expires_at > :now THEN rate_limit.expires_at ELSE :expires END
RETURNING used""")

_READ = text("SELECT span, before, used, expires_at FROM rate_limit WHERE name = :name")
_CLEAR = text("DELETE FROM rate_limit WHERE name = :name")
_EMPTY = text("DELETE FROM rate_limit")
_BATCH = 500
# So few at a time that nobody waits for it; where there are more, soon again.
_ENDED = f"SELECT name FROM rate_limit WHERE expires_at < :now ORDER BY expires_at LIMIT {_BATCH}"  # noqa: S608 - as above
_SWEEP = f"DELETE FROM rate_limit WHERE expires_at < :now AND name IN ({_ENDED})"  # noqa: S608 - as above
_SWEEP_POSTGRESQL = text(_SWEEP.replace(_ENDED, f"{_ENDED} FOR UPDATE SKIP LOCKED"))
_SWEEP_SQLITE = text(_SWEEP)
_SWEEP_SECONDS, _SOON_SECONDS = 10, 1

log = get("insula.limits")


class SQLWindows(WindowStorage):
    """One row a key in the table `rate_limit`; all processes and machines count together."""

    STORAGE_SCHEME = None

    def __init__(self, url: str, *, timeout: float = 0.25, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._engine = _engine(url, timeout)
        self._sweep_at = clock() + _SWEEP_SECONDS
        self._sweeping = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a database that is away or busy raises."""
        return SQLAlchemyError

    def row(self, key: str) -> tuple[int, int, int, float]:
        with self._engine.connect() as connection:
            found = connection.execute(_READ, {"name": key}).first()
        return (0, 0, 0, 0.0) if found is None else (found[0], found[1], found[2], found[3])

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        if amount > limit:
            return False
        now = self._clock()
        window, into = divmod(now, expiry)
        counted = self._run(
            _COUNT,
            name=key,
            span=int(window),
            amount=amount,
            limit=limit,
            share=(expiry - into) / expiry,
            expires=now + 2 * expiry,
        )
        self._sweep(now)
        return counted is not None

    def take(self, key: str, *, seconds: float, period: float) -> bool:
        now = self._clock()
        taken = self._run(_TAKE, name=key, now=now, seconds=seconds, end=now + period + ROUNDING)
        self._sweep(now)
        return taken is not None

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock()
        return int(self._run(_ADD, name=key, now=now, amount=amount, expires=now + expiry))

    def clear(self, key: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(_CLEAR, {"name": key})

    def reset(self) -> int | None:
        with self._engine.connect() as connection:
            return connection.execute(_EMPTY).rowcount

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _run(self, statement: Any, **values: Any) -> Any:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).scalar()

    def _sweep(self, now: float) -> None:
        """Delete some of what ended; by one thread at a time, and never at the cost of the request that was counted."""
        if now < self._sweep_at or not self._sweeping.acquire(blocking=False):
            return
        try:
            self._sweep_at = now + _SWEEP_SECONDS
            with self._engine.connect() as connection:
                postgresql = connection.dialect.name == "postgresql"
                swept = connection.execute(_SWEEP_POSTGRESQL if postgresql else _SWEEP_SQLITE, {"now": now})
            if swept.rowcount == _BATCH:
                self._sweep_at = now + _SOON_SECONDS
        except SQLAlchemyError as error:
            log.warning("rate limits that ended were not swept", error=repr(error))
        finally:
            self._sweeping.release()


def _engine(url: str, timeout: float) -> Engine:
    """Return an engine whose every statement stands for itself, without a transaction around it."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": timeout}, pool_timeout=timeout)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    limit = f"-c lock_timeout={int(timeout * 1000)} -c statement_timeout={int(timeout * 1000)}"
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_timeout=timeout,
        pool_size=4,
        connect_args={"options": limit, "application_name": "insula limits", "connect_timeout": 2},
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    # A count that a crash of the machine loses is no loss, so that nothing waits for the disk.
    connection.execute("PRAGMA synchronous=NORMAL")
