"""A transaction on a connection of the driver: how each database begins one, and who ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pyramid_retry import mark_error_retryable
from sqlalchemy.exc import DBAPIError
from zope.sqlalchemy.datamanager import SessionDataManager

from insula.db.guard import SCOPE, WRITING
from insula.db.interfaces import DatabaseFailure

if TYPE_CHECKING:
    from insula.db.sessions import TenantSession

_VERSIONS: Final = "SELECT name, value FROM version WHERE tenant_id = "


class Ending:
    """Ends the transaction of a session that SQLAlchemy has not begun; where it has, that is the library's manager."""

    def __init__(self, session: TenantSession) -> None:
        self.transaction_manager = session.tm
        self._session = session

    def tpc_begin(self, _transaction: object) -> None:
        """Nothing is to be prepared."""

    commit = tpc_begin

    def tpc_vote(self, _transaction: object) -> None:
        """Commit what was written."""
        session = self._session
        if session.writing and session.open and not session.in_transaction():
            with failing(session.dialect, "COMMIT", None):
                session.line.driver_connection.commit()

    def tpc_finish(self, _transaction: object) -> None:
        """Give the connection back."""
        self._session.close()

    abort = tpc_abort = tpc_finish

    def should_retry(self, error: Exception) -> bool:
        """Say whether a failure is one that the next attempt may not meet."""
        return bool(SessionDataManager.should_retry(self, error))

    def sortKey(self) -> str:  # noqa: N802  # the library's name
        """Commit last, as the library's manager does."""
        return "~sqlalchemy~"


@contextmanager
def failing(dialect: Any, text: str | None, given: Any) -> Iterator[None]:
    """Raise what a driver raises as SQLAlchemy does."""
    kind = dialect.loaded_dbapi.Error
    try:
        yield
    except kind as error:
        raise DBAPIError.instance(text, given, error, kind, dialect=dialect) from error


def taken(session: TenantSession) -> Any:
    """Return a connection of the pool, told whose it is."""
    with failing(session.dialect, None, None):
        line = session.engine.raw_connection()
    line.info[SCOPE] = session.scope
    return line


def begin(session: TenantSession, line: Any) -> dict[str, int]:
    """Begin on a connection, and return the version counters of the session's tenant."""
    line.info[WRITING] = session.writing
    driver, tenant_id, dialect = line.driver_connection, session.scope.tenant_id, session.dialect
    try:
        with failing(dialect, "BEGIN", None):
            if dialect.name == "sqlite":
                _begin_sqlite(driver, writing=session.writing)
                rows = driver.execute(f"{_VERSIONS} ?", (tenant_id.hex,)).fetchall() if tenant_id else []
            else:
                driver.reads = not session.writing
                rows = driver.begin(tenant_id, _VERSIONS) if tenant_id else []
    except DBAPIError as error:
        failure = error
        if isinstance(error.orig, dialect.loaded_dbapi.OperationalError):
            failure = DatabaseFailure("BEGIN", None, error.orig)
        if getattr(driver, "broken", False):
            _drop_all(session, line, failure)
        session.close()
        raise failure from error
    return dict(rows)


def begin_writing(session: TenantSession, line: Any) -> dict[str, int] | None:
    """Let what has begun write; return the counters anew where that begins another transaction."""
    if session.dialect.name == "sqlite":
        # Its lock is taken at BEGIN, and what is read from here on is what stands then.
        return begin(session, line)
    line.info[WRITING] = True
    line.driver_connection.reads = False
    return None


def _begin_sqlite(driver: Any, *, writing: bool) -> None:
    if driver.in_transaction:
        driver.execute("COMMIT")
    driver.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
    driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")


def _drop_all(session: TenantSession, line: Any, error: Exception) -> None:
    # The server has dropped this connection and, most likely, all others that wait here since its restart. Nothing was
    # done yet, so that the request may be tried again, and meets a new connection.
    line.invalidate(error)
    session.engine.dispose()
    mark_error_retryable(error)
