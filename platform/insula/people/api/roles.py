"""`/api/roles`: the roles, and the rules that name them."""

from typing import Annotated, Any

from pydantic import StrictStr
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.accounts.interfaces import RoleInfo, Roles
from insula.api.interfaces import JSON, MERGE_PATCH, Answer, Body, IfMatch, Page, Service, etag_of, listing
from insula.people.api.sent import Sent, patch
from insula.people.effects import effects_of
from insula.people.resources import RoleItem, RolesAPI, roles_of
from insula.people.shapes import RoleShape, role_shape, role_version
from insula.security.permissions import Action

VIEW, CREATE, EDIT, DELETE = (each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.DELETE))


class NewRole(Sent):
    """A role to make."""

    name: StrictStr
    title: StrictStr


class RolePatch(Sent):
    """What can be changed of a role."""

    title: StrictStr = ""


class Deleted(TypedDict):
    """What is no more."""

    deleted: str


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


def index(context: RolesAPI, request: Any) -> Page[RoleShape]:
    """Return the roles by name."""
    return listing(request, [role_shape(role) for role in roles_of(request)])


def create(
    context: RolesAPI, request: Any, body: NewRole, roles: Roles = Service
) -> Annotated[RoleShape, Answer(201)]:
    """Make a role of the tenant's own."""
    made = roles.create(body.name, body.title)
    request.response.headers["Location"] = f"/api/roles/{made.name}"
    return _answer(request, made)


def show(context: RoleItem, request: Any) -> RoleShape:
    """Return one role with the rules that name it."""
    role = _role(context)
    etag_of(request, role_version(role))
    return role_shape(role, effects_of(request).get(role.name, ()))


def rename(
    context: RoleItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(JSON, MERGE_PATCH, schema=RolePatch)],
    if_match: IfMatch,
    roles: Roles = Service,
) -> RoleShape:
    """Give a role another title, by a merge patch to the version that `If-Match` names."""
    role = roles.for_change(context.__name__)
    if_match.check(role_version(role))
    changes = patch(body, RolePatch, role_shape(role))
    return _answer(request, roles.rename(role.name, changes.get("title", role.title)))


def delete(context: RoleItem, roles: Roles = Service) -> Deleted:
    """Remove a role of the tenant's own that nobody holds."""
    roles.delete(context.__name__)
    return {"deleted": context.__name__}


def _role(context: RoleItem) -> RoleInfo:
    role = context.role
    assert role is not None  # noqa: S101 - a node is found by the role's name
    return role


def _answer(request: Any, role: RoleInfo) -> RoleShape:
    etag_of(request, role_version(role))
    return role_shape(role)
