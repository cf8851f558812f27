"""What screens and API do alike: ask the policy about every role that moves, then call the services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from insula.accounts.interfaces import Accounts, Groups, Invitations
from insula.events.interfaces import actor_of
from insula.kit.errors import FieldError, InsulaError, Invalid, TooMany
from insula.people.giving import EDIT, MANAGE, branch, check_giving, may_give
from insula.people.resources import forget, groups_of, titles_of
from insula.people.shapes import group_version, person_version
from insula.security.interfaces import demand

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from insula.accounts.interfaces import AccountInfo, GroupInfo, InvitationInfo
    from insula.people.resources import GroupNode, PersonNode

MOST_INVITED: Final = 50
_BETWEEN: Final = re.compile(r"[,;\n]")


def addresses(text: str) -> list[str]:
    r"""Return the e-mail addresses of a text, one a line or with commas between them.

    >>> addresses("ann@example.com, bob@example.com\n\n eve@example.com;")
    ['ann@example.com', 'bob@example.com', 'eve@example.com']
    """
    return [each.strip() for each in _BETWEEN.split(text) if each.strip()]


def change_person(
    node: PersonNode, changes: Mapping[str, Any], *, check: Callable[[str], None] | None = None
) -> AccountInfo:
    """Give an account another name, its roles and groups, or let it in or keep it out; all or nothing.

    `check` is given the version that is changed, and raises where that is not the one the change is based on.
    """
    request = node.request
    accounts: Accounts = request.find_service(Accounts)
    node = _standing(node, accounts)
    account = node.account
    if check is not None:
        check(person_version(account))
    if "name" in changes:
        demand(request, EDIT, node)
    if changes.keys() - {"name"}:
        demand(request, MANAGE, node)
    roles = frozenset(changes.get("roles", account.own_roles))
    groups = frozenset(changes.get("groups", account.groups))
    moved = account.own_roles ^ roles
    if groups != account.groups:
        known = {group.id: group for group in groups_of(request)}
        changed = [known[each] for each in groups ^ account.groups if each in known]
        moved = moved.union(*(group.roles for group in changed))
    check_giving(node, moved)
    if "name" in changes and changes["name"] != account.name:
        account = accounts.set_name(account.id, changes["name"])
    if roles != account.own_roles:
        account = accounts.set_roles(account.id, roles)
    if groups != account.groups:
        account = accounts.set_groups(account.id, groups)
    if changes.get("active", account.active) != account.active:
        account = accounts.set_active(account.id, active=changes["active"])
    return account


def _standing(node: PersonNode, accounts: Accounts) -> PersonNode:
    """Wait for the other changes of the tenant; return the node of the account as it stands then."""
    before, node.account = node.account, accounts.for_change(node.account.id)
    forget(node.request)
    if node.account == before:
        return node
    # What was decided about the account before does not hold for this one.
    fresh: PersonNode = branch(node, "people").node_of(node.account)
    return fresh


def invite(
    node: Any, emails: Sequence[str], roles: Collection[str], groups: Collection[UUID]
) -> list[InvitationInfo]:
    """Invite everybody on a list or, if one address is wrong, nobody: Invalid names each line."""
    check_inviting(node, roles, groups)
    request = node.request
    return invite_all(request.find_service(Invitations), emails, roles, groups, actor_of(request) or "")


def check_inviting(node: Any, roles: Collection[str], groups: Collection[UUID]) -> None:
    """Raise Refused where an invitation gives a role, alone or through a group, that is not for whoever asks."""
    check_giving(node, _given(node, roles, groups))


def may_invite_to(node: Any, invitation: InvitationInfo) -> bool:
    """Say whether whoever asks may send this invitation again, or take it back."""
    given = _given(node, invitation.roles, invitation.groups) & titles_of(node.request).keys()
    return all(may_give(node, role) for role in given)


def _given(node: Any, roles: Collection[str], groups: Collection[UUID]) -> set[str]:
    chosen = [group for group in groups_of(node.request) if group.id in groups] if groups else []
    return {*roles, *(role for group in chosen for role in group.roles)}


def invite_all(
    invitations: Invitations,
    emails: Sequence[str],
    roles: Collection[str],
    groups: Collection[UUID],
    actor: str,
) -> list[InvitationInfo]:
    """Invite everybody on a list; raises Invalid with the line of each address that cannot be invited."""
    if not 1 <= len(emails) <= MOST_INVITED:
        detail = f"Give 1 to {MOST_INVITED} addresses. You gave {len(emails)}."
        raise Invalid(errors=[FieldError("emails", detail)])
    made, errors, told = [], [], set()
    for number, email in enumerate(emails, 1):
        if email.casefold() in {each.casefold() for each in emails[: number - 1]}:
            errors.append(FieldError("emails", f"{email} stands here twice.", number))
            continue
        try:
            made.append(invitations.invite(email, roles, groups, actor=actor))
        except TooMany:
            raise
        except InsulaError as error:
            for each in error.errors or (FieldError("email", error.detail or error.title),):
                if each.path in ("email", "emails"):
                    errors.append(FieldError("emails", f"{email}: {each.detail}", number))
                elif each.path not in told:
                    # What is wrong with roles or groups is wrong once, not once a line.
                    told.add(each.path)
                    errors.append(each)
    if errors:
        raise Invalid("Nobody was invited.", errors=errors)
    return made


def make_group(node: Any, name: str, title: str, roles: Collection[str]) -> GroupInfo:
    """Add a group that gives these roles."""
    check_giving(node, roles)
    made: GroupInfo = node.request.find_service(Groups).create(name, title, roles)
    return made


def change_group(
    node: GroupNode, changes: Mapping[str, Any], *, check: Callable[[str], None] | None = None
) -> GroupInfo:
    """Give a group another title and other roles; `check` is as for `change_person`."""
    groups = _group_standing(node)
    if check is not None:
        check(group_version(node.group))
    roles = frozenset(changes.get("roles", node.group.roles))
    check_giving(node, node.group.roles ^ roles)
    title = changes.get("title", node.group.title)
    return groups.change(node.group.id, title=title, roles=roles)


def _group_standing(node: GroupNode) -> Groups:
    """Wait for the other changes of the tenant, so that the node says how the group stands then."""
    groups: Groups = node.request.find_service(Groups)
    node.group = groups.for_change(node.group.id)
    forget(node.request)
    return groups


def delete_group(node: GroupNode) -> None:
    """Remove a group, which takes its roles from its members."""
    groups = _group_standing(node)
    check_giving(node, node.group.roles)
    groups.delete(node.group.id)


def change_members(node: GroupNode, *, add: Iterable[UUID] = (), remove: Iterable[UUID] = ()) -> GroupInfo:
    """Put accounts in a group and take others out; one that is in, or out, already stays so."""
    request = node.request
    groups = _group_standing(node)
    accounts: Accounts = request.find_service(Accounts)
    people = branch(node, "people")
    inside = {account.id: account for account in groups.members(node.group.id)}
    leaving = [inside[each] for each in remove if each in inside]
    joining, errors = [], []
    for each in dict.fromkeys(add):
        found = accounts.by_id(each) if each not in inside else None
        if found is not None and request.may("view", people.node_of(found)):
            joining.append(found)
        elif each not in inside:
            errors.append(FieldError("members", f"There is no account {each}."))
    if errors:
        raise Invalid(errors=errors)
    if not joining and not leaving:
        return node.group
    check_giving(node, node.group.roles)
    for account in (*joining, *leaving):
        demand(request, MANAGE, people.node_of(account))
    wanted = [*(set(inside) - {each.id for each in leaving}), *(each.id for each in joining)]
    return groups.set_members(node.group.id, wanted)


def by_addresses(node: Any, emails: Sequence[str]) -> list[UUID]:
    """Return the accounts that have these e-mail addresses; raises Invalid with the line of one that nobody has."""
    request = node.request
    accounts: Accounts = request.find_service(Accounts)
    people = branch(node, "people")
    if len(emails) > MOST_INVITED:
        raise Invalid(errors=[FieldError("emails", f"Give at most {MOST_INVITED} addresses at once.")])
    found, errors = [], []
    for number, email in enumerate(emails, 1):
        account = accounts.by_email(email)
        if account is None or not request.may("view", people.node_of(account)):
            errors.append(FieldError("emails", f"Nobody here has the e-mail {email}.", number))
        else:
            found.append(account.id)
    if errors:
        raise Invalid(errors=errors)
    return found
