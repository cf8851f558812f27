"""Signed-in sessions of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from insula.accounts.interfaces.people import AccountInfo


@dataclass(frozen=True, slots=True)
class SignInInfo:
    """One signed-in session: who, since when, until when, from where."""

    id: UUID
    account: AccountInfo
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    mfa: bool = False


class SignIns(Protocol):
    """Signed-in sessions as rows; only the SHA-256 of a session's secret is stored.

    How long they live, used and unused, is the tenant's section `sessions`, asked at each request.
    """

    def start(
        self, account_id: UUID, *, address: str, user_agent: str, replacing: UUID | None = None
    ) -> tuple[SignInInfo, str]:
        """Begin a session and return it with its secret, the value for the cookie.

        The session with the id `replacing` ends, whosever it is: a sign-in always rotates. Writes;
        emits `account.signed-in`, and `account.session-ended` for the session replaced.
        """

    def rotate(self, sign_in_id: UUID) -> str:
        """Give a live session another secret and return it; the one before is dead. `NotFound` when it has ended."""

    def find(self, secret: str) -> SignInInfo | None:
        """Return the live session of this secret in this tenant, in one statement.

        `None` when unknown, ended, expired, idle for too long, or the account is inactive. When it
        was last seen is noted in a buffer and written later, so a GET stays a GET.
        """

    def of_account(self, account_id: UUID) -> Sequence[SignInInfo]:
        """Return the live sessions of an account, the latest seen first."""

    def end(self, account_id: UUID, sign_in_id: UUID, *, leaving: bool = False) -> bool:
        """End one session of this account; False when there is none such.

        With `leaving` the person in it signs out, and the event is `account.signed-out`; this and
        `end_all` else emit `account.session-ended`, once for an account.
        """

    def end_all(self, account_id: UUID, *, keep: UUID | None = None) -> int:
        """End every session of an account, but for one; return how many ended."""

    def end_all_of(self, account_ids: Iterable[UUID]) -> int:
        """End every session of these accounts, in one statement for many; return how many ended."""
