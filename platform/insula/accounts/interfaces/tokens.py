"""API tokens of people and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces.columns import TokenColumns
    from insula.accounts.interfaces.people import AccountInfo

TOKEN_PATTERN: Final = r"\binsula_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b"  # noqa: S105 -- a pattern, no token
"""The regular expression by which a scanner finds tokens in texts; the checksum at their end tells real ones."""

ELEVATED_DAYS: Final = 30
"""The most days an administration token lives, whatever else is allowed."""

LONGEST_OVERLAP: Final = 30 * 24 * 3600
"""The most seconds a token may outlive the one that takes its place."""

MOST_NETWORKS: Final = 50
"""The most networks a token is limited to."""

TokenState = Literal["live", "retiring", "inactive", "expired", "revoked"]
TokenFilter = Literal["live", "expiring", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """One API token without its secret.

    `scopes` are the actions the token may be used for; the empty set means whatever its account may
    do. `networks` are CIDR texts the request must come from; none means anywhere. Whoever decides
    about a request applies both *after* the policy has answered for the account.
    """

    id: UUID
    kid: str
    label: str
    account: AccountInfo
    scopes: frozenset[str]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    elevated: bool = False
    """Whether it is an administration token, which may do what the floor else keeps from tokens."""
    successor: str | None = None
    """The kid of the token that takes its place, once it was rotated."""

    def state(self, at: datetime) -> TokenState:
        """Say what holds at a moment: only `live` and `retiring` tokens open anything."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= at:
            return "expired"
        if not self.account.active:
            return "inactive"
        return "live" if self.successor is None else "retiring"


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """How many tokens work, how many of them end within a week without a successor, how many administer."""

    live: int
    expiring: int
    elevated: int


class Tokens(Protocol):
    """API tokens of one tenant; only the SHA-256 of a token's secret is stored."""

    def create(
        self,
        account_id: UUID,
        *,
        label: str = "",
        scopes: Iterable[str] = (),
        networks: Iterable[str] = (),
        days: int | None = None,
        elevated: bool = False,
    ) -> tuple[TokenInfo, str]:
        """Make a token for an account and return it with its text, which is never shown again.

        It lives as many days as the tenant's section `tokens` allows, an administration token at
        most `ELEVATED_DAYS`. `Invalid` for a scope that is no action, and for more than `MOST_NETWORKS`.
        Doors ask the policy with `elevated` first.
        """

    def find(self, text: str) -> TokenInfo | None:
        """Return the live token of this text in this tenant, in one statement.

        `None` when malformed (told by the checksum, without a statement), unknown here, revoked,
        expired, or the account is inactive. Scopes and networks are not looked at.
        """

    def by_kid(self, kid: str) -> TokenInfo | None:
        """Return the token with this kid, dead or alive."""

    def list(
        self,
        account_id: UUID | None = None,
        *,
        state: TokenFilter | None = None,
        elevated: bool | None = None,
        find: str = "",
        where: ColumnElement[bool] | None = None,
        after: UUID | None = None,
        limit: int | None = None,
    ) -> Sequence[TokenInfo]:
        """Return the tokens, of one account or of all, newest first, the dead ones too.

        `find` looks into labels and names of accounts, `where` is a condition over `columns`, `after` the id of the
        token before.
        """

    @property
    def columns(self) -> TokenColumns:
        """What a condition about tokens may read."""

    def counts(self, account_id: UUID | None = None) -> TokenCounts:
        """Count the tokens that work, of one account or of all, in one statement."""

    def live_by_account(self) -> Mapping[UUID, int]:
        """Return how many tokens that work each account has, in one statement; an account without any is left out."""

    def rotate(self, kid: str, *, overlap: int, days: int | None = None) -> tuple[TokenInfo, str]:
        """Make the token that takes the place of this one, and return it with its text.

        Both work for `overlap` seconds, then only the new one. It is of the same account, with the
        same label, scopes and networks, and lives as long as the old one was made for, or for `days`.
        `NotFound` without such a token, `Conflict` for one that is dead or was rotated before.
        """

    def revoke(self, kid: str) -> TokenInfo:
        """Revoke the token with this kid; `NotFound` when there is none."""
