"""What the hand-off promises: leave to enter, codes that are good once, and the sessions that they begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SECTION: Final = "operators"
CODE_SECONDS: Final = 60
SESSION_SECONDS: Final = 3600
MAX_HOURS: Final = 72
LONGEST_REASON: Final = 200

GrantState = Literal["asked", "granted", "expired", "revoked", "declined"]
Why = Literal["never", "account", "code", "host", "verifier", "leave"]


@dataclass(frozen=True, slots=True)
class Operator:
    """An account of the console, in one of its sessions there."""

    console_id: UUID
    id: UUID
    name: str
    sign_in_id: UUID


@dataclass(frozen=True, slots=True)
class GrantInfo:
    """Leave to enter: asked for, given, run out or taken back. Without `operator_id` it is any operator's."""

    id: UUID
    operator_id: UUID | None
    operator: str
    reason: str
    state: GrantState
    asked_at: datetime
    granted_at: datetime | None
    granted_by: str | None
    expires_at: datetime | None
    inside: int = 0
    """How many sessions rest on it at this moment."""


@dataclass(frozen=True, slots=True)
class Authorized:
    """What the console is told: a code, or None where the tenant's people are asked or refuse."""

    code: str | None
    why: Literal["", "asked", "never", "account"] = ""


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """One session of an operator in a tenant."""

    id: UUID
    account_id: UUID
    operator: Operator
    reason: str
    started_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What redeeming a code led to: a session with its secret, or why not."""

    entry: EntryInfo | None
    secret: str = ""
    why: Why | None = None


class Grants(Protocol):
    """Leave that one tenant gives to operators."""

    def all(self) -> Sequence[GrantInfo]:
        """Return what was asked for and given lately, the newest first."""

    def find(self, grant_id: UUID) -> GrantInfo:
        """Return one; raises `kit.errors.NotFound`."""

    def grant(self, grant_id: UUID, hours: int, *, actor: str | None) -> GrantInfo:
        """Give the leave that was asked for; `Conflict` where it was answered already."""

    def open(self, hours: int, reason: str, *, actor: str | None) -> GrantInfo:
        """Let any operator in for so many hours."""

    def revoke(self, grant_id: UUID) -> GrantInfo:
        """Take leave back, or decline to give it; sessions that rest on it have ended."""

    def revoke_all(self) -> None:
        """Take all leave back, and decline what was asked for."""


class Entries(Protocol):
    """Codes and sessions of operators in one tenant."""

    def authorize(self, operator: Operator, *, reason: str, host: str, challenge: str) -> Authorized:
        """Make a code, as the tenant's setting says, or ask the tenant's people; refusals are on record."""

    def operator_of(self, code: str) -> Operator | None:
        """Return whom the console made this code for, while it is good; nothing is used up."""

    def redeem(self, code: str, *, verifier: str, host: str, active: bool) -> Redeemed:
        """Use a code up and begin the session. A code that is right is used up whatever else is wrong.

        `active` is what the console says of the operator, asked before this transaction begins.
        """

    def find(self, secret: str) -> EntryInfo | None:
        """Return the session of this secret while tenant, grant, account and console all let it live."""

    def leave(self, entry_id: UUID) -> bool:
        """End a session; False when it has ended."""
