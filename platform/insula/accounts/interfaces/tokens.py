"""API tokens of people and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from insula.accounts.interfaces.people import AccountInfo


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
    ) -> tuple[TokenInfo, str]:
        """Make a token for an account and return it with its text, which is never shown again."""

    def find(self, text: str) -> TokenInfo | None:
        """Return the live token of this text in this tenant, in one statement.

        `None` when malformed (told by the checksum, without a statement), unknown here, revoked,
        expired, or the account is inactive. Scopes and networks are not looked at.
        """

    def list(self, account_id: UUID | None = None) -> Sequence[TokenInfo]:
        """Return the tokens, of one account or of all, newest first, the dead ones too."""

    def revoke(self, kid: str) -> TokenInfo:
        """Revoke the token with this kid; `NotFound` when there is none."""
