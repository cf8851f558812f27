"""`GET /api/`: what this caller may use."""

from typing import Any

from typing_extensions import TypedDict

from insula.api.resources import BRANCHES, APIRoot
from insula.kit.errors import InsulaError


class Who(TypedDict):
    """Who asks."""

    name: str
    kind: str
    roles: list[str]


class Named(TypedDict):
    """Where it is asked."""

    name: str
    title: str


class BranchShape(TypedDict):
    """A branch of the API."""

    id: str
    title: str
    href: str


class Index(TypedDict):
    """What this caller may use."""

    tenant: Named
    caller: Who
    data: list[BranchShape]


def index(context: APIRoot, request: Any) -> Index:
    """List the branches that this tenant has and this caller may view."""
    found: list[BranchShape] = []
    for name, branch in sorted(request.registry.get(BRANCHES, {}).items()):
        if not context.has(branch):
            continue
        try:
            resource = context[name]
        except (KeyError, InsulaError):
            continue
        if request.may("view", resource):
            found.append({"id": name, "title": branch.title, "href": f"/api/{name}"})
    identity = request.identity
    caller: Who = {"name": "Visitor", "kind": "visitor", "roles": ["visitor"]}
    if identity is not None:
        caller = {"name": identity.name, "kind": identity.kind, "roles": sorted(identity.roles)}
    return {
        "tenant": {"name": request.tenant.name, "title": request.tenant.title},
        "caller": caller,
        "data": found,
    }
