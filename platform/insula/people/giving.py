"""Who may give which role: asked of the policy before any door moves a role, alone or through a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.location import lineage

from insula.kit.errors import FieldError, Refused
from insula.people.resources import titles_of
from insula.security.permissions import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insula.people.resources import RoleNode, RolesNode

EDIT, MANAGE = Action.EDIT.value, Action.MANAGE.value


def may_give(node: Any, role: str) -> bool:
    """Say whether whoever asks may give and take this role."""
    return bool(node.request.may(MANAGE, _role(node, role)))


def check_giving(node: Any, roles: Iterable[str]) -> None:
    """Raise Refused where one of these roles is not for whoever asks to give or take."""
    titles = titles_of(node.request)
    errors = []
    for name in sorted(set(roles) & set(titles)):
        decision = node.request.decide(MANAGE, _role(node, name))
        if not decision:
            why = decision.reason or f"You may not give or take the role {titles[name]}."
            errors.append(FieldError("roles", why))
    if errors:
        raise Refused(" ".join(dict.fromkeys(each.detail for each in errors)), errors=errors)


def branch(node: Any, name: str) -> Any:
    """Return another panel of the administration, or branch of the API, that a node lies in."""
    nodes = list(lineage(node))
    # The root comes last, the administration or the API before it.
    return nodes[-2][name]


def _role(node: Any, name: str) -> RoleNode:
    roles: RolesNode = branch(node, "roles")
    known: dict[str, RoleNode] = node.request.__dict__.setdefault("insula.people.roles", {})
    # One node a request: what was decided about it is remembered with it.
    return known.setdefault(name, roles.node_of(name))
