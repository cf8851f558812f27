"""`/api/roles`: the roles, and the rules that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import StrictStr

from insula.accounts.interfaces import RoleInfo, Roles
from insula.api.interfaces import check_if_match, etag_of, listing
from insula.people.api.sent import Sent, patch, read
from insula.people.effects import effects_of
from insula.people.resources import RoleItem, RolesAPI, roles_of
from insula.people.shapes import role_shape, role_version
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEW, CREATE, EDIT, DELETE = (each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.DELETE))


class NewRole(Sent):
    """A role to make."""

    name: StrictStr
    title: StrictStr


class RolePatch(Sent):
    """What can be changed of a role."""

    title: StrictStr = ""


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, context, method, permission in (
        (index, RolesAPI, "GET", VIEW),
        (create, RolesAPI, "POST", CREATE),
        (show, RoleItem, "GET", VIEW),
        (rename, RoleItem, "PATCH", EDIT),
        (delete, RoleItem, "DELETE", DELETE),
    ):
        config.add_endpoint(view, context=context, method=method, permission=permission)


def index(context: RolesAPI, request: Any) -> Any:
    """Return the roles by name."""
    return listing(request, [role_shape(role) for role in roles_of(request)])


def create(context: RolesAPI, request: Any) -> Any:
    """Make a role of the tenant's own."""
    sent = read(request, NewRole)
    made = request.find_service(Roles).create(sent.name, sent.title)
    request.response.status_int = 201
    request.response.headers["Location"] = f"/api/roles/{made.name}"
    return _answer(request, made)


def show(context: RoleItem, request: Any) -> Any:
    """Return one role with the rules that name it."""
    role = _role(context)
    etag_of(request, role_version(role))
    return role_shape(role, effects_of(request).get(role.name, ()))


def rename(context: RoleItem, request: Any) -> Any:
    """Give a role another title, by a merge patch to the version that `If-Match` names."""
    roles: Roles = request.find_service(Roles)
    role = roles.for_change(context.__name__)
    check_if_match(request, role_version(role))
    changes = patch(request, RolePatch, role_shape(role))
    return _answer(request, roles.rename(role.name, changes.get("title", role.title)))


def delete(context: RoleItem, request: Any) -> Any:
    """Remove a role of the tenant's own that nobody holds."""
    request.find_service(Roles).delete(context.__name__)
    return {"deleted": context.__name__}


def _role(context: RoleItem) -> RoleInfo:
    role = context.role
    assert role is not None  # noqa: S101 - a node is found by the role's name
    return role


def _answer(request: Any, role: RoleInfo) -> dict[str, Any]:
    etag_of(request, role_version(role))
    return role_shape(role)
