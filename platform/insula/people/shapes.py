"""People, invitations, roles and groups as JSON, and the versions that `If-Match` names."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from insula.kit.clock import isoformat
from insula.kit.json import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo, GroupInfo, InvitationInfo, RoleInfo, SignInInfo
    from insula.people.effects import Effect


def person_shape(account: AccountInfo, seen: datetime | None = None) -> dict[str, Any]:
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


def session_shape(session: SignInInfo) -> dict[str, Any]:
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


def invitation_shape(invitation: InvitationInfo, names: Mapping[str, str]) -> dict[str, Any]:
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


def role_shape(role: RoleInfo, effects: Sequence[Effect] | None = None) -> dict[str, Any]:
    """Return a role and, where they are given, the rules that name it."""
    shape = {"id": role.name, "title": role.title, "own": role.own, "members": role.members}
    if effects is None:
        return shape
    rules = [{"rule": each.rule, "effect": each.effect, "says": each.sentence} for each in effects]
    return shape | {"rules": rules}


def role_version(role: RoleInfo) -> str:
    """Return a short name of how a role stands."""
    return _digest(role.name, role.title)


def group_shape(group: GroupInfo) -> dict[str, Any]:
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
