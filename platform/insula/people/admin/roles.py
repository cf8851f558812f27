"""The roles: those that every tenant has, and a tenant's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Roles
from insula.kit.errors import Conflict, Invalid
from insula.people.admin.drawing import READ, register, screen
from insula.people.effects import effects_of
from insula.people.resources import RoleScreen, RolesPanel, roles_of
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.kit.errors import InsulaError

VIEW, CREATE, EDIT, DELETE = (each.value for each in (Action.VIEW, Action.CREATE, Action.EDIT, Action.DELETE))


def includeme(config: Configurator) -> None:
    """Register the screens."""
    register(
        config,
        (
            (listing, RolesPanel, "", READ, VIEW),
            (blank, RolesPanel, "new", READ, CREATE),
            (create, RolesPanel, "new", "POST", CREATE),
            (show, RoleScreen, "", READ, VIEW),
            (rename, RoleScreen, "", "POST", EDIT),
            (delete, RoleScreen, "delete", "POST", DELETE),
        ),
    )


def listing(context: RolesPanel, request: Any) -> Response:
    """List the roles with how many hold each and how many rules name it."""
    effects = effects_of(request)
    rows = [
        (role, resource_path(context, role.name), effects.get(role.name, ())) for role in roles_of(request)
    ]
    values = {"rows": rows, "here": resource_path(context), "may_create": request.may(CREATE, context)}
    return screen(request, "roles", values)


def blank(context: RolesPanel, request: Any) -> Response:
    """Show the form of a new role."""
    return _new(context, request, "", "")


def create(context: RolesPanel, request: Any) -> Response:
    """Make a role of the tenant's own."""
    name, title = request.POST.get("name", "").strip(), request.POST.get("title", "").strip()
    try:
        made = request.find_service(Roles).create(name, title)
    except (Invalid, Conflict) as error:
        return _new(context, request, name, title, error)
    return HTTPSeeOther(location=f"{resource_path(context, made.name)}?notice=role-created")


def show(context: RoleScreen, request: Any) -> Response:
    """Show one role, the rules that name it and who holds it."""
    return _role(context, request, context.title)


def rename(context: RoleScreen, request: Any) -> Response:
    """Give the role another title."""
    title = request.POST.get("title", "").strip()
    try:
        request.find_service(Roles).rename(context.__name__, title)
    except Invalid as error:
        return _role(context, request, title, error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=role-saved")


def delete(context: RoleScreen, request: Any) -> Response:
    """Remove a role of the tenant's own that nobody holds."""
    try:
        request.find_service(Roles).delete(context.__name__)
    except Conflict as error:
        return _role(context, request, context.title, error)
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=role-deleted")


def _new(
    context: RolesPanel, request: Any, name: str, title: str, error: InsulaError | None = None
) -> Response:
    return screen(request, "new_role", {"name": name, "title": title, "back": resource_path(context)}, error)


def _role(context: RoleScreen, request: Any, title: str, error: InsulaError | None = None) -> Response:
    values = {
        "role": context.role,
        "title": title,
        "effects": effects_of(request).get(context.__name__, ()),
        "here": resource_path(context),
        "back": resource_path(context.__parent__),
        "people": f"/admin/people?role={context.__name__}",
        "may_edit": request.may(EDIT, context),
        "may_delete": context.role is not None and context.role.own and request.may(DELETE, context),
    }
    return screen(request, "role", values, error)
