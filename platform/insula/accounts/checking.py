"""Whether an e-mail and a password belong together, told without a word too many and without holding a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from insula.accounts import emails
from insula.accounts.events import AccountPasswordRefused
from insula.accounts.interfaces import WrongCredentials
from insula.accounts.models import Account
from insula.accounts.rows import account_infos, account_rows
from insula.events.interfaces import Events

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from uuid import UUID

    from insula.accounts.attempts import SQLAttempts
    from insula.accounts.interfaces import AccountInfo
    from insula.accounts.passwords import Argon2


class PasswordCheck:
    """Checks passwords in short transactions of its own, a hash outside of each."""

    def __init__(
        self, hasher: Argon2, attempts: SQLAttempts, short_work: Callable[..., AbstractContextManager[Any]]
    ) -> None:
        self._hasher = hasher
        self._attempts = attempts
        self._short_work = short_work

    def verify(self, email: str, password: str, address: str) -> AccountInfo:
        """Return the person these credentials belong to."""
        email = emails.normalised(email)
        self._attempts.begin(email, address)
        with self._short_work(writing=False) as work:
            found = work.db.execute(account_rows(work.tenant_id).where(Account.email == email)).all()
            stored = found[0][0].password_hash if found and found[0][0].active else None
            people = account_infos(found)
        # No transaction is open here: a hash takes longer than everything else in a request.
        if not self._hasher.verify(stored, password):
            # In a transaction of its own, which the refusal does not take back.
            with self._short_work(writing=True) as work:
                account_id = str(people[0].id) if people else None
                work.find_service(Events).emit(AccountPasswordRefused(account_id, address))
            raise WrongCredentials("E-mail and password do not match.")
        renewed = self._hasher.hash(password).text if self._hasher.is_outdated(stored or "") else None
        with self._short_work(writing=True) as work:
            self._attempts.succeeded(work.db, email, address)
            if renewed:
                _renew(work.db, people[0].id, stored, renewed)
        self._attempts.remember(email, address)
        return people[0]


def _renew(session: Any, account_id: UUID, stored: str | None, renewed: str) -> None:
    # The old hash is part of the condition, so a password changed meanwhile is not undone.
    session.execute(
        update(Account)
        .where(
            Account.tenant_id == session.tenant_id, Account.id == account_id, Account.password_hash == stored
        )
        .values(password_hash=renewed)
        .execution_options(synchronize_session=False)
    )
