"""`/api/groups`: what roles groups give, and to whom."""

from typing import Annotated, Any
from uuid import UUID

from annotated_types import Ge, Le
from pydantic import Field, StrictStr
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.accounts.interfaces import Accounts, GroupInfo, Groups
from insula.api.interfaces import (
    JSON,
    MERGE_PATCH,
    Answer,
    Body,
    IfMatch,
    ListQuery,
    Page,
    Query,
    Service,
    etag_of,
    listing,
)
from insula.kit.errors import NotFound
from insula.people.acts import change_group, change_members, delete_group, make_group
from insula.people.api.sent import Sent, patch
from insula.people.lists import members_of
from insula.people.resources import GroupItem, GroupsAPI, MemberItem, MembersAPI
from insula.people.shapes import GroupShape, PersonShape, group_shape, group_version, person_shape
from insula.security.permissions import Action

VIEW, CREATE, EDIT, DELETE, MANAGE = (
    each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.DELETE, Action.MANAGE)
)


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


class Deleted(TypedDict):
    """What is no more."""

    deleted: str


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


def index(context: GroupsAPI, request: Any, groups: Groups = Service) -> Page[GroupShape]:
    """Return the groups by name."""
    return listing(request, [group_shape(group) for group in groups.all()])


def create(context: GroupsAPI, request: Any, body: NewGroup) -> Annotated[GroupShape, Answer(201)]:
    """Make a group."""
    made = make_group(context, body.name, body.title, set(body.roles))
    request.response.headers["Location"] = f"/api/groups/{made.id}"
    return _answer(request, made)


def show(context: GroupItem, request: Any) -> GroupShape:
    """Return one group."""
    return _answer(request, context.group)


def change(
    context: GroupItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(JSON, MERGE_PATCH, schema=GroupPatch)],
    if_match: IfMatch,
) -> GroupShape:
    """Apply a merge patch of title and roles to the version that `If-Match` names."""
    changes = patch(body, GroupPatch, group_shape(context.group))
    return _answer(request, change_group(context, changes, check=if_match.check))


def delete(context: GroupItem) -> Deleted:
    """Delete a group; its members stay, without its roles."""
    delete_group(context)
    return {"deleted": str(context.group.id)}


def members(
    context: MembersAPI,
    request: Any,
    query: Annotated[ListQuery, Query()],
    limit: Annotated[int, Ge(1), Le(200)] = 50,
) -> Page[PersonShape]:
    """Return one page of the members of a group that this caller may view, by name."""
    listed = members_of(context.__parent__, query.given(), limit)
    rows = [person_shape(account, listed.seen.get(account.id)) for account in listed.accounts]
    return listing(request, rows, listed.after)


def add_members(context: MembersAPI, request: Any, body: NewMembers) -> GroupShape:
    """Put accounts in a group, all of them or none."""
    return _answer(request, change_members(context.__parent__, add=body.accounts))


def remove_member(context: MemberItem, request: Any, accounts: Accounts = Service) -> GroupShape:
    """Take one account out of a group."""
    group = context.__parent__.__parent__
    account = accounts.by_id(context.account_id)
    if account is None or group.group.id not in account.groups:
        raise NotFound
    return _answer(request, change_members(group, remove=[context.account_id]))


def _answer(request: Any, group: GroupInfo) -> GroupShape:
    etag_of(request, group_version(group))
    return group_shape(group)
