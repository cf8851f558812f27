"""PostgreSQL with few round trips: one begins a transaction, and none is waited for when it only read."""

from typing import Any
from uuid import UUID

from psycopg import Connection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from sqlalchemy import Engine, event


class QuickConnection(Connection[Any]):
    """A connection that knows whether its transaction only reads."""

    reads = False

    def rollback(self) -> None:
        """Roll back; what only read is told to and not waited for, and keeps what the driver has prepared."""
        status = self.pgconn.transaction_status
        if status == TransactionStatus.INTRANS and self.reads:
            self.pgconn.send_query(b"ROLLBACK")
        elif status not in (TransactionStatus.IDLE, TransactionStatus.ACTIVE):
            super().rollback()

    def begin(self, tenant_id: UUID, versions: str) -> list[tuple[str, int]]:
        """Begin, set what row security reads, and return the rows of `versions`: one message and its answer."""
        told = f"BEGIN; SELECT set_config('insula.tenant', '{tenant_id}', true); {versions} '{tenant_id}'"
        result = self.pgconn.exec_(told.encode())
        if result.status != ExecStatus.TUPLES_OK:
            if self.pgconn.status == ConnStatus.BAD:
                raise OperationalError(result.get_error_message())
            raise error_from_result(result)
        return [
            ((result.get_value(row, 0) or b"").decode(), int(result.get_value(row, 1) or 0))
            for row in range(result.ntuples)
        ]


def quicken(engine: Engine) -> None:
    """Give an engine such connections, handed out once they have answered everything they were told."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", _settle)


def _connect(_dialect: Any, _record: object, arguments: Any, options: Any) -> QuickConnection:
    return QuickConnection.connect(*arguments, **options)


def _settle(driver: QuickConnection, _record: object, _proxy: object) -> None:
    while driver.pgconn.transaction_status == TransactionStatus.ACTIVE and driver.pgconn.get_result():
        pass
