"""`GET /api/`: what this caller may use."""

from typing import Any

from pyramid.request import Request

from insula.api.resources import BRANCHES, APIRoot
from insula.kit.errors import InsulaError


def index(context: APIRoot, request: Request) -> dict[str, Any]:
    """List the branches that this tenant has and this caller may view."""
    found = []
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
    caller = ("Visitor", "visitor", ["visitor"])
    if identity is not None:
        caller = (identity.name, identity.kind, sorted(identity.roles))
    return {
        "tenant": {"name": request.tenant.name, "title": request.tenant.title},
        "caller": dict(zip(("name", "kind", "roles"), caller, strict=True)),
        "data": found,
    }
