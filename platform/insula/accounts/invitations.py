"""Invitations: links that make an account of whoever was sent the letter."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from insula.accounts import emails
from insula.accounts.attempts import attempts_of
from insula.accounts.events import InvitationAccepted, InvitationRevoked, InvitationSent
from insula.accounts.groups import SQLGroups
from insula.accounts.interfaces import OWNER, AccountLetters, InvitationInfo, InvitationState
from insula.accounts.links import SQLLinks
from insula.accounts.models import Link
from insula.accounts.privileges import privileges_of
from insula.accounts.services import accounts_of
from insula.accounts.settings import AccountsSettings
from insula.accounts.titles import checked_name
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from insula.accounts.attempts import SQLAttempts
    from insula.accounts.interfaces import AccountInfo, GroupInfo, HashedPassword
    from insula.accounts.privileges import Privileges
    from insula.accounts.services import SQLAccounts


class SQLInvitations:
    """The invitations of the tenant its session is bound to.

    `accounts` and `groups` make the account of an invitation that is accepted: what it may hold was decided when it
    was sent, so they ask nobody again.
    """

    def __init__(
        self,
        session: Any,
        *,
        settings: AccountsSettings,
        privileges: Privileges,
        accounts: SQLAccounts,
        groups: SQLGroups,
        attempts: SQLAttempts,
        letters: Callable[[], AccountLetters],
        events: Callable[[], Events],
    ) -> None:
        self._session = session
        self._settings = settings
        self._privileges = privileges
        self._accounts = accounts
        self._groups = groups
        self._attempts = attempts
        self._letters = letters
        self._events = events
        self._links = SQLLinks(session)

    def invite(
        self, email: str, roles: Iterable[str], groups: Iterable[UUID] = (), name: str = "", *, actor: str
    ) -> InvitationInfo:
        """Send an invitation."""
        email, name = emails.checked(email), checked_name(name) if name.strip() else ""
        wanted, inside = self._privileges.known(roles), self._known_groups(groups)
        self._privileges.owners_business(wanted.union(*(info.roles for info in inside)))
        if self._accounts.by_email(email) is not None:
            raise _taken("This person has an account already.")
        self._privileges.lock()
        if any(info.state == "waiting" for info in self._found(Link.email == email)):
            raise _taken(
                "This person is invited already. Send the letter again, or take the invitation back."
            )
        self._spend(email)
        payload = {
            "name": name,
            "roles": sorted(wanted),
            "groups": [str(info.id) for info in inside],
            "by": actor,
            # A group may come to give the role owner while the invitation waits, which then gives it not to everybody.
            "owners": self._privileges.asker_owns,
        }
        link, secret = self._links.issue(
            "invitation", email=email, lifetime=self._settings.invitation_life, payload=payload
        )
        return self._send(self._get(link.id), secret, again=False)

    def list(self) -> Sequence[InvitationInfo]:
        """Return the invitations, newest first, the used, revoked and expired ones too."""
        return self._found()

    def by_id(self, invitation_id: UUID) -> InvitationInfo | None:
        """Return the invitation."""
        return next(iter(self._found(Link.id == invitation_id)), None)

    def resend(self, invitation_id: UUID) -> InvitationInfo:
        """Send a new letter, whose link replaces the one before."""
        info = self._unanswered(invitation_id)
        roles = info.roles.union(*(group.roles for group in self._present_groups(info.groups)))
        self._privileges.owners_business(roles)
        if OWNER in roles and not self._still_owns(info.invited_by):
            raise Conflict(
                "Whoever sent this invitation owns this site no longer. Take it back and invite anew."
            )
        self._spend(info.email)
        _, secret = self._links.renew(invitation_id, lifetime=self._settings.invitation_life)
        return self._send(self._get(invitation_id), secret, again=True)

    def revoke(self, invitation_id: UUID) -> InvitationInfo:
        """Take an invitation back."""
        self._unanswered(invitation_id)
        self._links.revoke(invitation_id)
        self._events().emit(InvitationRevoked(str(invitation_id)))
        return self._get(invitation_id)

    def open(self, secret: str) -> InvitationInfo | None:
        """Return the invitation of this secret while it waits; writes nothing."""
        link = self._links.open("invitation", secret)
        return None if link is None else self._get(link.id)

    def accept(self, secret: str, name: str, hashed: HashedPassword) -> AccountInfo:
        """Make the account."""
        self._privileges.lock()
        link = self._links.redeem("invitation", secret)
        info = self._get(link.id)
        # What was decided when the letter was sent is only as good as the right to decide it still is.
        owners = link.payload["owners"] and self._still_owns(info.invited_by)
        roles = self._privileges.present(info.roles)
        made = self._accounts.create_person(link.email, name, hashed, roles if owners else roles - {OWNER})
        groups = [
            group.id for group in self._present_groups(info.groups) if owners or OWNER not in group.roles
        ]
        if groups:
            self._groups.put(made.id, groups)
        self._events().emit(InvitationAccepted(str(link.id), str(made.id)), actor=str(made.id))
        return self._accounts.by_id(made.id) or made

    def _send(self, info: InvitationInfo, secret: str, *, again: bool) -> InvitationInfo:
        try:
            inviter = self._accounts.by_id(UUID(info.invited_by))
        except ValueError:
            # A command invited.
            inviter = None
        self._letters().invitation(info, secret, inviter.name if inviter else "")
        groups = tuple(str(one) for one in sorted(info.groups))
        self._events().emit(InvitationSent(str(info.id), tuple(sorted(info.roles)), groups, again))
        return info

    def _still_owns(self, actor: str) -> bool:
        """Say whether who invited is an active owner, or a command, which nobody can take anything from."""
        try:
            inviter = self._accounts.by_id(UUID(actor))
        except ValueError:
            return True
        return inviter is not None and inviter.active and OWNER in inviter.roles

    def _spend(self, email: str) -> None:
        wait = self._attempts.spend(self._session, "letter", email, most=self._settings.letters_per_email)
        if wait is not None:
            raise TooMany("This address was sent many letters lately.", retry_after=wait)

    def _known_groups(self, groups: Iterable[UUID]) -> Sequence[GroupInfo]:
        wanted = set(groups)
        found = self._present_groups(wanted)
        if missing := sorted(wanted - {info.id for info in found}):
            raise Invalid(errors=[FieldError("groups", f"There is no group {one}.") for one in missing])
        return found

    def _present_groups(self, groups: Iterable[UUID]) -> Sequence[GroupInfo]:
        return [info for info in map(self._groups.by_id, sorted(groups)) if info is not None]

    def _unanswered(self, invitation_id: UUID) -> InvitationInfo:
        info = self._get(invitation_id)
        if info.state in ("accepted", "revoked"):
            raise Conflict(f"This invitation is {info.state}.")
        return info

    def _get(self, invitation_id: UUID) -> InvitationInfo:
        info = self.by_id(invitation_id)
        if info is None:
            raise NotFound("There is no such invitation.")
        return info

    def _found(self, *wanted: Any) -> Sequence[InvitationInfo]:
        rows = self._session.scalars(
            select(Link)
            .where(Link.tenant_id == self._session.tenant_id, Link.purpose == "invitation", *wanted)
            .order_by(Link.id.desc())
            .execution_options(populate_existing=True)
        )
        return [_info(row) for row in rows]


def _info(row: Link) -> InvitationInfo:
    state: InvitationState = "waiting"
    if row.used_at is not None:
        state = "accepted"
    elif row.revoked_at is not None:
        state = "revoked"
    elif row.expires_at <= now():
        state = "expired"
    return InvitationInfo(
        id=row.id,
        email=row.email,
        name=row.payload["name"],
        roles=frozenset(row.payload["roles"]),
        groups=frozenset(UUID(group) for group in row.payload["groups"]),
        invited_by=row.payload["by"],
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=state,
    )


def _taken(detail: str) -> Conflict:
    return Conflict(detail, errors=[FieldError("email", detail)])


def invitations_factory(context: Any, request: Any) -> SQLInvitations:
    """Return the invitations of the tenant of this request."""
    granted = privileges_of(request, lambda: None)
    events = partial(request.find_service, Events)
    return SQLInvitations(
        request.db,
        settings=settings_of(request.registry, AccountsSettings),
        privileges=privileges_of(request),
        accounts=accounts_of(request, granted),
        groups=SQLGroups(request.db, privileges=granted, events=events),
        attempts=attempts_of(request),
        letters=partial(request.find_service, AccountLetters),
        events=events,
    )
