"""The groups: what roles they give, and to whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.api.interfaces import limit_of
from insula.kit.errors import Conflict, Invalid, NotFound, Refused, Stale
from insula.people.acts import (
    addresses,
    by_addresses,
    change_group,
    change_members,
    delete_group,
    make_group,
)
from insula.people.admin.drawing import READ, check_version, picked, register, role_choices, screen
from insula.people.giving import branch
from insula.people.lists import members_of
from insula.people.resources import GroupScreen, GroupsPanel, groups_of, id_of, titles_of
from insula.people.shapes import group_version
from insula.security.permissions import Action

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.kit.errors import InsulaError

VIEW, CREATE, EDIT, DELETE, MANAGE = (
    each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.DELETE, Action.MANAGE)
)
LIMIT, MOST = 50, 200


def includeme(config: Configurator) -> None:
    """Register the screens."""
    register(
        config,
        (
            (listing, GroupsPanel, "", READ, VIEW),
            (blank, GroupsPanel, "new", READ, CREATE),
            (create, GroupsPanel, "new", "POST", CREATE),
            (show, GroupScreen, "", READ, VIEW),
            (save, GroupScreen, "", "POST", EDIT),
            (add_members, GroupScreen, "add-members", "POST", MANAGE),
            (remove_member, GroupScreen, "remove-member", "POST", MANAGE),
            (confirm_delete, GroupScreen, "delete", READ, DELETE),
            (delete, GroupScreen, "delete", "POST", DELETE),
        ),
    )


def listing(context: GroupsPanel, request: Any) -> Response:
    """List the groups with their roles and how many are in each."""
    return screen(
        request,
        "groups",
        {
            "rows": [(group, resource_path(context, str(group.id))) for group in groups_of(request)],
            "titles": titles_of(request),
            "here": resource_path(context),
            "may_create": request.may(CREATE, context),
        },
    )


def blank(context: GroupsPanel, request: Any) -> Response:
    """Show the form of a new group."""
    return _new(context, request, "", "", set())


def create(context: GroupsPanel, request: Any) -> Response:
    """Make a group."""
    name, title = request.POST.get("name", "").strip(), request.POST.get("title", "").strip()
    roles = set(request.POST.getall("roles"))
    try:
        made = make_group(context, name, title, roles)
    except (Invalid, Conflict, Refused) as error:
        return _new(context, request, name, title, roles, error)
    return HTTPSeeOther(location=f"{resource_path(context, str(made.id))}?notice=group-created")


def show(context: GroupScreen, request: Any) -> Response:
    """Show one group, its roles and its members."""
    response = _group(context, request, context.group.title, context.group.roles)
    response.etag = group_version(context.group)
    return response


def save(context: GroupScreen, request: Any) -> Response:
    """Change the title and the roles as the form says."""
    title = request.POST.get("title", "").strip()
    roles = picked(request, "roles", role_choices(context, context.group.roles))
    try:
        change_group(context, {"title": title, "roles": roles}, check=partial(check_version, request))
    except (Invalid, Conflict, Refused, Stale) as error:
        return _group(context, request, title, roles, error)
    return _back(context, "group-saved")


def add_members(context: GroupScreen, request: Any) -> Response:
    """Put the accounts with these e-mail addresses in the group; all of them or none."""
    text = request.POST.get("emails", "")
    try:
        change_members(context, add=by_addresses(context, addresses(text)))
    except (Invalid, Conflict, Refused) as error:
        return _group(context, request, context.group.title, context.group.roles, error, emails=text)
    return _back(context, "members-changed")


def remove_member(context: GroupScreen, request: Any) -> Response:
    """Take one account out of the group."""
    try:
        account_id = id_of(request.POST.get("id", ""))
    except KeyError:
        raise NotFound from None
    try:
        change_members(context, remove=[account_id])
    except (Conflict, Refused) as error:
        return _group(context, request, context.group.title, context.group.roles, error)
    return _back(context, "members-changed")


def confirm_delete(context: GroupScreen, request: Any) -> Response:
    """Say what deleting the group takes from whom."""
    return _confirm(context, request)


def delete(context: GroupScreen, request: Any) -> Response:
    """Delete the group."""
    try:
        delete_group(context)
    except (Conflict, Refused) as error:
        return _confirm(context, request, error)
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=group-deleted")


def _back(context: GroupScreen, notice: str) -> Response:
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def _confirm(context: GroupScreen, request: Any, error: InsulaError | None = None) -> Response:
    titles = titles_of(request)
    values = {
        "group": context.group,
        "gives": [titles.get(role, role) for role in sorted(context.group.roles)],
        "here": resource_path(context),
    }
    return screen(request, "delete_group", values, error)


def _new(
    context: GroupsPanel,
    request: Any,
    name: str,
    title: str,
    roles: Collection[str],
    error: InsulaError | None = None,
) -> Response:
    values = {
        "name": name,
        "title": title,
        "roles": role_choices(context, roles),
        "back": resource_path(context),
    }
    return screen(request, "new_group", values, error)


def _group(
    context: GroupScreen,
    request: Any,
    title: str,
    roles: Collection[str],
    error: InsulaError | None = None,
    emails: str = "",
) -> Response:
    people = branch(context, "people")
    given = request.GET
    listed = members_of(context, given, limit_of(given, default=LIMIT, most=MOST))
    limit = [("limit", given["limit"])] if "limit" in given else []
    may_edit = bool(request.may(EDIT, context))
    values = {
        "group": context.group,
        "title": title,
        "version": group_version(context.group),
        "roles": role_choices(context, roles, closed=not may_edit),
        "members": [(account, resource_path(people, str(account.id))) for account in listed.accounts],
        "first": request.resource_path(context, query=limit) if "after" in given else None,
        "next": request.resource_path(context, query=[*limit, ("after", listed.after)])
        if listed.after
        else None,
        "emails": emails,
        "here": resource_path(context),
        "back": resource_path(context.__parent__),
        "may_edit": may_edit,
        "may_manage": request.may(MANAGE, context),
        "may_delete": request.may(DELETE, context),
    }
    return screen(request, "group", values, error)
