"""Service accounts as rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from insula.accounts.events import ServiceRenamed
from insula.accounts.interfaces import Accounts
from insula.accounts.models import Account
from insula.accounts.privileges import privileges_of
from insula.accounts.rows import account_infos, account_rows
from insula.accounts.titles import checked_name
from insula.events.interfaces import Events
from insula.kit.errors import Conflict, FieldError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces import AccountInfo
    from insula.accounts.privileges import Privileges


class SQLServiceAccounts:
    """The service accounts of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        *,
        privileges: Privileges,
        accounts: Callable[[], Accounts],
        events: Callable[[], Events],
    ) -> None:
        self._session = session
        self._privileges = privileges
        self._accounts = accounts
        self._events = events

    def list(self) -> Sequence[AccountInfo]:
        """Return the service accounts by name, active or not."""
        return self._found()

    def counts(self) -> tuple[int, int]:
        """Return how many service accounts are active, and how many there are."""
        active = func.coalesce(func.sum(case((Account.active, 1), else_=0)), 0)
        statement = select(active, func.count()).where(
            Account.tenant_id == self._session.tenant_id, Account.kind == "service"
        )
        found = self._session.execute(statement).one()
        return int(found[0]), int(found[1])

    def by_id(self, account_id: UUID) -> AccountInfo | None:
        """Return the service account; None for a person, too."""
        return next(iter(self._found(Account.id == account_id)), None)

    def by_name(self, name: str) -> AccountInfo | None:
        """Return the service account of that name."""
        return next(iter(self._found(Account.handle == name)), None)

    def create(self, name: str, roles: Iterable[str] = ()) -> AccountInfo:
        """Add a service account."""
        handle = checked_name(name)
        self._privileges.lock()
        self._refuse_taken(handle)
        return self._accounts().service_account(handle, roles)

    def rename(self, account_id: UUID, name: str) -> AccountInfo:
        """Call a service account otherwise."""
        self._privileges.lock()
        found = self.by_id(account_id)
        if found is None:
            raise NotFound("There is no such service account.")
        handle = checked_name(name)
        if handle == found.name:
            return found
        self._refuse_taken(handle)
        row = self._session.get(Account, (self._session.tenant_id, account_id), populate_existing=True)
        row.handle = row.name = handle
        self._session.flush()
        self._events().emit(ServiceRenamed(str(account_id), found.name, handle))
        return self.by_id(account_id) or found

    def _found(self, *wanted: ColumnElement[bool]) -> Sequence[AccountInfo]:
        statement = account_rows(self._session.tenant_id).where(Account.kind == "service", *wanted)
        return account_infos(self._session.execute(statement.order_by(Account.name, Account.id)))

    def _refuse_taken(self, handle: str) -> None:
        if self.by_name(handle) is not None:
            detail = f"There is a service account {handle} already."
            raise Conflict(detail, errors=[FieldError("name", detail)])


def service_accounts_factory(context: Any, request: Any) -> SQLServiceAccounts:
    """Return the service accounts of the tenant of this request."""
    return SQLServiceAccounts(
        request.db,
        privileges=privileges_of(request),
        accounts=partial(request.find_service, Accounts),
        events=partial(request.find_service, Events),
    )
