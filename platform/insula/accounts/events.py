"""Facts about accounts; none carries a secret, a hash or an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class AccountCreated(Event):
    """A person or a service became known to the tenant."""

    name = "account.created"
    account_id: str
    kind: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class AccountRolesChanged(Event):
    """An account was given other roles."""

    name = "account.roles-changed"
    account_id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class AccountChanged(Event):
    """An account was named otherwise, let in or kept out; `fields` names what changed."""

    name = "account.changed"
    account_id: str
    fields: tuple[str, ...]
    active: bool


@dataclass(frozen=True)
class AccountDeleted(Event):
    """An account was removed, with its sessions and tokens."""

    name = "account.deleted"
    account_id: str
    kind: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class AccountGroupsChanged(Event):
    """An account was put in other groups."""

    name = "account.groups-changed"
    account_id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class AccountResetAsked(Event):
    """Somebody asked for a letter that lets a person set a new password; nobody has looked whether there is one."""

    name = "account.reset-asked"
    link_id: str
    address: str


@dataclass(frozen=True)
class AccountResetSent(Event):
    """The letter was sent."""

    name = "account.reset-sent"
    account_id: str


@dataclass(frozen=True)
class AccountEmailAsked(Event):
    """An account wants another e-mail address, which does not count before it is confirmed."""

    name = "account.email-asked"
    account_id: str


@dataclass(frozen=True)
class AccountEmailChanged(Event):
    """The new e-mail address of an account was confirmed and counts."""

    name = "account.email-changed"
    account_id: str


@dataclass(frozen=True)
class AccountPasswordChanged(Event):
    """A person's password was set; `ended` other signed-in sessions ended with the old one."""

    name = "account.password-changed"
    account_id: str
    ended: int


@dataclass(frozen=True)
class AccountSignedIn(Event):
    """A person signed in."""

    name = "account.signed-in"
    account_id: str
    sign_in_id: str
    address: str


@dataclass(frozen=True)
class AccountPasswordRefused(Event):
    """A wrong password was given; without an account where there is none of that e-mail."""

    name = "account.password-refused"
    account_id: str | None
    address: str


@dataclass(frozen=True)
class AccountAttemptsDelayed(Event):
    """From here on further attempts wait; `counted` is what had too many: an account, one at home, or an address."""

    name = "account.attempts-delayed"
    counted: str
    failures: int
    address: str


@dataclass(frozen=True)
class AccountSignedOut(Event):
    """A person left."""

    name = "account.signed-out"
    account_id: str
    sign_in_id: str


@dataclass(frozen=True)
class AccountSessionEnded(Event):
    """Signed-in sessions of an account were ended other than by leaving them; `ended` says how many."""

    name = "account.session-ended"
    account_id: str
    ended: int


@dataclass(frozen=True)
class ServiceRenamed(Event):
    """A service account is called otherwise."""

    name = "service.renamed"
    account_id: str
    before: str
    after: str


@dataclass(frozen=True)
class TokenCreated(Event):
    """An API token was made for an account."""

    name = "token.created"
    token_id: str
    kid: str
    account_id: str
    label: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    expires_at: str
    elevated: bool


@dataclass(frozen=True)
class TokenRotated(Event):
    """A new token took the place of another, which works until `until`."""

    name = "token.rotated"
    token_id: str
    kid: str
    account_id: str
    successor: str
    until: str


@dataclass(frozen=True)
class TokenRevoked(Event):
    """An API token was revoked."""

    name = "token.revoked"
    token_id: str
    kid: str
    account_id: str


@dataclass(frozen=True)
class RoleCreated(Event):
    """The tenant made a role of its own."""

    name = "role.created"
    role: str
    title: str


@dataclass(frozen=True)
class RoleRenamed(Event):
    """A role was given another title."""

    name = "role.renamed"
    role: str
    before: str
    after: str


@dataclass(frozen=True)
class RoleDeleted(Event):
    """A role of the tenant's own was removed."""

    name = "role.deleted"
    role: str


@dataclass(frozen=True)
class GroupCreated(Event):
    """A group was made."""

    name = "group.created"
    group_id: str
    group: str
    title: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class GroupChanged(Event):
    """A group was given another title or other roles."""

    name = "group.changed"
    group_id: str
    group: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class GroupMembersChanged(Event):
    """Accounts were put in a group or taken out of it."""

    name = "group.members-changed"
    group_id: str
    group: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class GroupDeleted(Event):
    """A group was removed."""

    name = "group.deleted"
    group_id: str
    group: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class InvitationSent(Event):
    """Somebody was invited, or sent the letter once more (`again`)."""

    name = "invitation.sent"
    invitation_id: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    again: bool


@dataclass(frozen=True)
class InvitationRevoked(Event):
    """An invitation was taken back."""

    name = "invitation.revoked"
    invitation_id: str


@dataclass(frozen=True)
class InvitationAccepted(Event):
    """Somebody accepted an invitation and has an account."""

    name = "invitation.accepted"
    invitation_id: str
    account_id: str
