"""Links in letters that may be used once: invitations, password resets, confirmations of an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from insula.accounts.interfaces.people import AccountInfo, HashedPassword

Purpose = Literal["invitation", "confirmation", "reset"]
InvitationState = Literal["waiting", "expired", "accepted", "revoked"]


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """One link without its secret: what it is for, whom it was sent to, until when it is good."""

    id: UUID
    purpose: Purpose
    email: str
    account_id: UUID | None
    payload: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationInfo:
    """One invitation; `invited_by` is an actor as events name them."""

    id: UUID
    email: str
    name: str
    roles: frozenset[str]
    groups: frozenset[UUID]
    invited_by: str
    created_at: datetime
    expires_at: datetime
    state: InvitationState


class Links(Protocol):
    """Single-use links of one tenant; a secret has 256 bits, and only its SHA-256 is stored.

    Unknown, used, revoked, expired, for another purpose, of another tenant: all answer alike.
    """

    def issue(
        self,
        purpose: Purpose,
        *,
        email: str,
        lifetime: int,
        account_id: UUID | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> tuple[LinkInfo, str]:
        """Make a link that is good for so many seconds and return it with its secret."""

    def renew(self, link_id: UUID, *, lifetime: int, account_id: UUID | None = None) -> tuple[LinkInfo, str]:
        """Give an unused link another secret, which is good from now on; the one before is dead."""

    def open(self, purpose: Purpose, secret: str) -> LinkInfo | None:
        """Return the link of this secret while it may still be used; writes nothing."""

    def redeem(self, purpose: Purpose, secret: str) -> LinkInfo:
        """Use the link up; of two that come at once one is told `NotFound`."""

    def revoke(self, link_id: UUID) -> bool:
        """Make an unused link void; False when there is none."""

    def revoke_of(self, purpose: Purpose, account_id: UUID) -> int:
        """Make the unused links of an account void; return how many there were."""


class Invitations(Protocol):
    """Invitations of one tenant; the letter leaves with the transaction.

    Who may give the role owner is as `Accounts` says.
    """

    def invite(
        self, email: str, roles: Iterable[str], groups: Iterable[UUID] = (), name: str = "", *, actor: str
    ) -> InvitationInfo:
        """Send an invitation.

        `Conflict` when the e-mail has an account or waits for an answer already, `Invalid` for a bad
        address, role or group, `TooMany` when the address was sent too many letters lately.
        """

    def list(self) -> Sequence[InvitationInfo]:
        """Return the invitations, newest first, the used, revoked and expired ones too."""

    def by_id(self, invitation_id: UUID) -> InvitationInfo | None:
        """Return the invitation."""

    def resend(self, invitation_id: UUID) -> InvitationInfo:
        """Send a new letter, whose link replaces the one before; `Conflict` when used or revoked.

        `Conflict` as well where it offers the role owner and whoever invited may not give that any more.
        """

    def revoke(self, invitation_id: UUID) -> InvitationInfo:
        """Take an invitation back; `Conflict` when it was accepted already."""

    def open(self, secret: str) -> InvitationInfo | None:
        """Return the invitation of this secret while it waits; writes nothing."""

    def accept(self, secret: str, name: str, hashed: HashedPassword) -> AccountInfo:
        """Make the account; `NotFound` when the link is not good any more.

        The role owner, in person or through a group, is given only while whoever invited is an active owner still, or
        a command: else the account is made without it. Roles and groups that are gone by then are left out.
        """


class Recovery(Protocol):
    """Ways back into an account, and to another e-mail address, through letters."""

    def ask_reset(self, email: str, address: str) -> None:
        """Note that somebody at a network address asked for a reset letter; the same work whoever there is.

        Whether a letter leaves is decided after the commit. `TooMany` when this address asked too often.
        """

    def send_reset(self, account_id: UUID) -> None:
        """Send a person a reset letter now, at an administrator's wish; letters sent before are void."""

    def reset(self, secret: str, hashed: HashedPassword) -> AccountInfo:
        """Set the password and end all sessions of the account; `NotFound` when the link is not good any more."""

    def request_email_change(self, account_id: UUID, email: str) -> None:
        """Send a letter with a link to the new address, which counts once the link was used.

        A taken address is told by another letter to itself, never by the answer.
        """

    def confirm_email(self, secret: str, *, keep_sign_in: UUID | None = None) -> AccountInfo:
        """Let the new address count and tell the old one; `NotFound` when the link is not good any more.

        The other signed-in sessions of the account end, and letters that were sent to it before are void.
        """


class AccountLetters(Protocol):
    """Writes the letters that accounts cause; the room that has their addresses and words keeps this."""

    def invitation(self, info: InvitationInfo, secret: str, inviter: str) -> None:
        """Invite somebody; `inviter` is a name, or empty."""

    def reset(self, link: LinkInfo, secret: str) -> None:
        """Send the link that lets a person set a new password."""

    def confirmation(self, link: LinkInfo, secret: str) -> None:
        """Send the link by which a new address begins to count."""

    def address_taken(self, email: str) -> None:
        """Tell an address that has an account here that somebody wanted it for another one."""

    def address_changed(self, before: str) -> None:
        """Tell the address before that it does not count any more."""

    def password_changed(self, email: str) -> None:
        """Tell a person that the password was changed."""
