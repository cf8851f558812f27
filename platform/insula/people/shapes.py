"""People, invitations, roles and groups as JSON, and the versions that `If-Match` names."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.kit.clock import isoformat
from insula.kit.json import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo, GroupInfo, InvitationInfo, RoleInfo, SignInInfo
    from insula.people.effects import Effect


class PersonShape(TypedDict):
    """An account."""

    id: Identifier
    kind: str
    name: str
    email: str | None
    active: bool
    roles: list[str]
    effective_roles: list[str]
    groups: list[Identifier]
    created_at: Moment
    last_seen_at: Moment | None


class SessionShape(TypedDict):
    """A signed-in session."""

    id: Identifier
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    address: str | None
    user_agent: str | None
    mfa: bool


class InvitationShape(TypedDict):
    """An invitation."""

    id: Identifier
    email: str
    name: str
    roles: list[str]
    groups: list[Identifier]
    state: str
    invited_by: str
    invited_by_name: str | None
    created_at: Moment
    expires_at: Moment


class RuleShape(TypedDict):
    """A rule that names a role."""

    rule: str
    effect: str
    says: str


class RoleShape(TypedDict):
    """A role; one that is read by itself comes with its rules."""

    id: str
    title: str
    own: bool
    members: int
    rules: NotRequired[list[RuleShape]]


class GroupShape(TypedDict):
    """A group."""

    id: Identifier
    name: str
    title: str
    roles: list[str]
    members: int


def person_shape(account: AccountInfo, seen: datetime | None = None) -> PersonShape:
    """Return an account; `roles` are its own, `effective_roles` with those of its groups."""
    return {
        "id": str(account.id),
        "kind": account.kind,
        "name": account.name,
        "email": account.email,
        "active": account.active,
        "roles": sorted(account.own_roles),
        "effective_roles": sorted(account.roles),
        "groups": sorted(map(str, account.groups)),
        "created_at": isoformat(account.created_at),
        "last_seen_at": isoformat(seen) if seen else None,
    }


def person_version(account: AccountInfo) -> str:
    """Return a short name of how an account stands: two that stand alike have the same."""
    roles, groups = sorted(account.own_roles), sorted(map(str, account.groups))
    return _digest(account.name, account.email, account.active, roles, groups)


def session_shape(session: SignInInfo) -> SessionShape:
    """Return a signed-in session."""
    return {
        "id": str(session.id),
        "created_at": isoformat(session.created_at),
        "last_seen_at": isoformat(session.last_seen_at),
        "expires_at": isoformat(session.expires_at),
        "address": session.address,
        "user_agent": session.user_agent,
        "mfa": session.mfa,
    }


def invitation_shape(invitation: InvitationInfo, names: Mapping[str, str]) -> InvitationShape:
    """Return an invitation; `names` are those of the accounts that invited."""
    return {
        "id": str(invitation.id),
        "email": invitation.email,
        "name": invitation.name,
        "roles": sorted(invitation.roles),
        "groups": sorted(map(str, invitation.groups)),
        "state": invitation.state,
        "invited_by": invitation.invited_by,
        "invited_by_name": names.get(invitation.invited_by),
        "created_at": isoformat(invitation.created_at),
        "expires_at": isoformat(invitation.expires_at),
    }


def role_shape(role: RoleInfo, effects: Sequence[Effect] | None = None) -> RoleShape:
    """Return a role and, where they are given, the rules that name it."""
    shape: RoleShape = {"id": role.name, "title": role.title, "own": role.own, "members": role.members}
    if effects is not None:
        shape["rules"] = [
            {"rule": each.rule, "effect": each.effect, "says": each.sentence} for each in effects
        ]
    return shape


def role_version(role: RoleInfo) -> str:
    """Return a short name of how a role stands."""
    return _digest(role.name, role.title)


def group_shape(group: GroupInfo) -> GroupShape:
    """Return a group."""
    return {
        "id": str(group.id),
        "name": group.name,
        "title": group.title,
        "roles": sorted(group.roles),
        "members": group.members,
    }


def group_version(group: GroupInfo) -> str:
    """Return a short name of how a group stands, its members left aside."""
    return _digest(group.name, group.title, sorted(group.roles))


def _digest(*parts: object) -> str:
    return blake2b(dumps(parts), digest_size=9).hexdigest()
