"""What screens and API do alike: ask the policy about every role that moves, then call the services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from insula.accounts.interfaces import Accounts, Groups, Invitations
from insula.events.interfaces import actor_of
from insula.kit.errors import FieldError, InsulaError, Invalid, TooMany
from insula.people.giving import MANAGE, branch, check_giving, demand
from insula.people.resources import groups_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
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


def change_person(node: PersonNode, changes: Mapping[str, Any]) -> AccountInfo:
    """Give an account another name, its roles and groups, or let it in or keep it out; all or nothing."""
    request, account = node.request, node.account
    accounts: Accounts = request.find_service(Accounts)
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


def invite(
    node: Any, emails: Sequence[str], roles: Collection[str], groups: Collection[UUID]
) -> list[InvitationInfo]:
    """Invite everybody on a list or, if one address is wrong, nobody: Invalid names each line."""
    request = node.request
    chosen = [group for group in groups_of(request) if group.id in groups] if groups else []
    check_giving(node, {*roles, *(role for group in chosen for role in group.roles)})
    return invite_all(request.find_service(Invitations), emails, roles, groups, actor_of(request) or "")


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


def change_group(node: GroupNode, title: str, roles: Collection[str]) -> GroupInfo:
    """Give a group another title and other roles."""
    check_giving(node, node.group.roles ^ frozenset(roles))
    after: GroupInfo = node.request.find_service(Groups).change(node.group.id, title=title, roles=roles)
    return after


def delete_group(node: GroupNode) -> None:
    """Remove a group, which takes its roles from its members."""
    check_giving(node, node.group.roles)
    node.request.find_service(Groups).delete(node.group.id)


def change_members(node: GroupNode, *, add: Iterable[UUID] = (), remove: Iterable[UUID] = ()) -> GroupInfo:
    """Put accounts in a group and take others out; one that is in, or out, already stays so."""
    request = node.request
    groups: Groups = request.find_service(Groups)
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
    after: GroupInfo = groups.set_members(node.group.id, wanted)
    return after


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
