"""Accounts of the kind `operator`: what the policy and the trail know an operator by in one tenant.

Such an account is no way in. It has no password, no e-mail and no role: what an operator may do here lies in the
session that a hand-off begins, and goes with it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from insula.accounts.events import AccountCreated
from insula.accounts.models import Account
from insula.db.work import insert_into
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

OPERATOR: Final = "operator"


class SQLOperatorAccounts:
    """The operators' accounts of the tenant its session is bound to."""

    def __init__(self, session: Any, *, events: Callable[[], Events]) -> None:
        self._session = session
        self._events = events

    def is_active(self, console_id: UUID, operator_id: UUID) -> bool | None:
        """Say whether the account that stands for this one is let in."""
        found: bool | None = self._session.scalars(
            select(Account.active).where(
                Account.tenant_id == self._session.tenant_id,
                Account.handle == _handle(console_id, operator_id),
            )
        ).one_or_none()
        return found

    def account_of(self, console_id: UUID, operator_id: UUID, name: str) -> UUID:
        """Find the account that stands for this account of the console, or make it, under its present name."""
        handle = _handle(console_id, operator_id)
        shown = f"{name[:180]} (operator)"
        made = self._session.scalars(
            insert_into(self._session, Account)
            .values(
                tenant_id=self._session.tenant_id,
                id=uuid7(),
                kind=OPERATOR,
                handle=handle,
                name=shown,
                active=True,
                created_at=now(),
            )
            .on_conflict_do_nothing()
            .returning(Account)
        ).one_or_none()
        if made is not None:
            self._events().emit(AccountCreated(str(made.id), OPERATOR, ()), actor=str(made.id))
            found: UUID = made.id
            return found
        account: Account = self._session.scalars(select(Account).where(Account.handle == handle)).one()
        if account.name != shown:
            account.name = shown
            self._session.flush()
        return account.id


def _handle(console_id: UUID, operator_id: UUID) -> str:
    # No service can take it: theirs are one line.
    return f"{OPERATOR}\n{console_id}\n{operator_id}"


def operator_accounts_factory(context: Any, request: Any) -> SQLOperatorAccounts:
    """Return the operators' accounts of the tenant of this request."""
    return SQLOperatorAccounts(request.db, events=partial(request.find_service, Events))
