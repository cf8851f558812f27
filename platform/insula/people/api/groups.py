"""`/api/groups`: what roles groups give, and to whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import Field, StrictStr

from insula.accounts.interfaces import Accounts, Groups
from insula.api.interfaces import check_if_match, etag_of, limit_of, listing, query_parameters
from insula.kit.errors import NotFound
from insula.people.acts import change_group, change_members, delete_group, make_group
from insula.people.api.sent import Sent, patch, read
from insula.people.lists import members_of
from insula.people.resources import GroupItem, GroupsAPI, MemberItem, MembersAPI
from insula.people.shapes import group_shape, group_version, person_shape
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.accounts.interfaces import GroupInfo

VIEW, CREATE, EDIT, DELETE, MANAGE = (
    each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.DELETE, Action.MANAGE)
)

LIMIT, MOST = 50, 200


class NewGroup(Sent):
    """A group to make."""

    name: StrictStr
    title: StrictStr
    roles: list[StrictStr] = Field(default=[], max_length=200)


class GroupPatch(Sent):
    """What can be changed of a group."""

    title: StrictStr = ""
    roles: list[StrictStr] = Field(default=[], max_length=200)


class NewMembers(Sent):
    """Accounts to put in a group."""

    accounts: list[UUID] = Field(min_length=1, max_length=100)


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, context, method, permission in (
        (index, GroupsAPI, "GET", VIEW),
        (create, GroupsAPI, "POST", CREATE),
        (show, GroupItem, "GET", VIEW),
        (change, GroupItem, "PATCH", EDIT),
        (delete, GroupItem, "DELETE", DELETE),
        (members, MembersAPI, "GET", VIEW),
        (add_members, MembersAPI, "POST", MANAGE),
        (remove_member, MemberItem, "DELETE", MANAGE),
    ):
        config.add_endpoint(view, context=context, method=method, permission=permission)


def index(context: GroupsAPI, request: Any) -> Any:
    """Return the groups by name."""
    return listing(request, [group_shape(group) for group in request.find_service(Groups).all()])


def create(context: GroupsAPI, request: Any) -> Any:
    """Make a group."""
    sent = read(request, NewGroup)
    made = make_group(context, sent.name, sent.title, set(sent.roles))
    request.response.status_int = 201
    request.response.headers["Location"] = f"/api/groups/{made.id}"
    return _answer(request, made)


def show(context: GroupItem, request: Any) -> Any:
    """Return one group."""
    return _answer(request, context.group)


def change(context: GroupItem, request: Any) -> Any:
    """Apply a merge patch of title and roles to the version that `If-Match` names."""
    changes = patch(request, GroupPatch, group_shape(context.group))
    return _answer(request, change_group(context, changes, check=partial(check_if_match, request)))


def delete(context: GroupItem, request: Any) -> Any:
    """Delete a group; its members stay, without its roles."""
    delete_group(context)
    return {"deleted": str(context.group.id)}


def members(context: MembersAPI, request: Any) -> Any:
    """Return one page of the members of a group that this caller may view, by name."""
    given = query_parameters(request, ("limit", "after"))
    listed = members_of(context.__parent__, given, limit_of(given, default=LIMIT, most=MOST))
    rows = [person_shape(account, listed.seen.get(account.id)) for account in listed.accounts]
    return listing(request, rows, listed.after)


def add_members(context: MembersAPI, request: Any) -> Any:
    """Put accounts in a group, all of them or none."""
    sent = read(request, NewMembers)
    return _answer(request, change_members(context.__parent__, add=sent.accounts))


def remove_member(context: MemberItem, request: Any) -> Any:
    """Take one account out of a group."""
    group = context.__parent__.__parent__
    account = request.find_service(Accounts).by_id(context.account_id)
    if account is None or group.group.id not in account.groups:
        raise NotFound
    return _answer(request, change_members(group, remove=[context.account_id]))


def _answer(request: Any, group: GroupInfo) -> dict[str, Any]:
    etag_of(request, group_version(group))
    return group_shape(group)
