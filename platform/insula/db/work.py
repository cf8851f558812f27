"""Units of work outside a request: commands, the relay, and short transactions that must survive a refusal."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from pyramid.registry import Registry
from pyramid.request import Request, apply_request_extensions
from sqlalchemy import TextClause
from sqlalchemy.dialects import postgresql, sqlite
from transaction import TransactionManager

from insula.db.guard import RAW
from insula.db.interfaces import Scope
from insula.db.models import Version
from insula.db.sessions import TenantSession, on_system_session, open_session

__all__ = [
    "TenantSession",
    "bump",
    "bump_each",
    "directory_work",
    "insert_into",
    "on_system_session",
    "raw",
    "system_work",
    "tenant_work",
]

_ROWS = 500


@contextmanager
def tenant_work(registry: Registry, tenant_id: UUID, *, writing: bool = True) -> Iterator[Request]:
    """Give a request-like object with a session of this tenant; commit at the end, abort when something raises."""
    yield from _work(registry, Scope("tenant", tenant_id), writing=writing)


@contextmanager
def system_work(
    registry: Registry, *, reason: str, tenant_id: UUID | None = None, writing: bool = True
) -> Iterator[Request]:
    """Give a session of the system role: over all tenants, or narrowed to one; `reason` is told to the hook."""
    yield from _work(registry, Scope("system", tenant_id, reason), writing=writing)


@contextmanager
def directory_work(registry: Registry) -> Iterator[TenantSession]:
    """Give a session that reads the directory tables only."""
    manager = TransactionManager(explicit=True)
    with manager:
        yield open_session(registry, Scope("directory"), manager)


def _work(registry: Registry, scope: Scope, *, writing: bool) -> Iterator[Request]:
    manager = TransactionManager(explicit=True)
    with manager:
        request = Request.blank("/")
        request.registry = registry
        request.tm = manager
        request.tenant_id = scope.tenant_id
        apply_request_extensions(request)
        request.db = open_session(registry, scope, manager, writing=writing)
        yield request


def insert_into(session: TenantSession, table: Any) -> Any:
    """Return an insert into a table that can say what happens on conflict, as the database of a session speaks it."""
    spoken: Any = postgresql if session.dialect.name == "postgresql" else sqlite
    return spoken.insert(table)


def bump(session: TenantSession, name: str) -> int:
    """Count the tenant's version `name` up by one, so that every process reads anew at its next request."""
    # One statement, so that two transactions that count a new counter up queue for its row instead of colliding.
    counted = (
        insert_into(session, Version)
        .values(tenant_id=session.tenant_id, name=name, value=1)
        .on_conflict_do_update(
            index_elements=[Version.tenant_id, Version.name], set_={"value": Version.value + 1}
        )
        .returning(Version.value)
    )
    value: int = session.execute(counted).scalar_one()
    return value


def bump_each(session: TenantSession, name: str, tenant_ids: Iterable[UUID]) -> None:
    """Count the version `name` of several tenants up by one, in a system session that crosses them."""
    # In one order, so that two such transactions queue for the rows instead of locking each other out.
    rows = [{"tenant_id": tenant_id, "name": name, "value": 1} for tenant_id in sorted(tenant_ids)]
    for first in range(0, len(rows), _ROWS):
        counted = insert_into(session, Version).values(rows[first : first + _ROWS])
        session.execute(
            counted.on_conflict_do_update(
                index_elements=[Version.tenant_id, Version.name], set_={"value": Version.value + 1}
            )
        )


def raw(
    session: TenantSession,
    statement: TextClause,
    parameters: dict[str, Any] | Sequence[Any] = (),
    *,
    reason: str,
) -> Any:
    """Run SQL text past the guard; `reason` stands beside the call for whoever reviews it."""
    if not reason:
        raise ValueError("raw SQL needs a reason")
    return session.connection().execute(statement, parameters or None, execution_options={RAW: reason})
