"""The screens of older versions: the list, one with its difference, and rolling back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.events.interfaces import actor_of
from insula.kit.errors import InsulaError, Invalid, Malformed, Stale
from insula.policies.diffs import compare, grid_difference
from insula.policies.frames import PUBLISH, READ, VIEW, frame
from insula.policies.resources import VersionScreen, VersionsPanel, named
from insula.policies.sheets import numbered
from insula.security.interfaces import Policies

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

LISTED = 100


def includeme(config: Configurator) -> None:
    """Register the screens."""
    config.add_view(
        versions,
        context=VersionsPanel,
        permission=VIEW,
        request_method=READ,
        renderer="insula.policies:templates/versions.jinja2",
    )
    config.add_view(version, context=VersionScreen, permission=VIEW, request_method=READ)
    config.add_view(
        roll_back, context=VersionScreen, name="rollback", permission=PUBLISH, request_method="POST"
    )


def versions(context: VersionsPanel, request: Any) -> dict[str, Any]:
    """List the versions, newest first."""
    found = request.find_service(Policies).history(LISTED)
    rows = []
    for place, each in enumerate(found):
        older = found[place + 1] if place + 1 < len(found) else None
        difference = compare(older.text if older else "", each.text)
        rows.append((each, resource_path(context, str(each.number)), difference))
    return {
        "rows": rows,
        "names": named(request, *(each.author for each in found)),
        **frame(context, request, "versions"),
    }


def version(context: VersionScreen, request: Any) -> Response:
    """Show one version and how the one in force differs from it."""
    return _shown(context, request)


def roll_back(context: VersionScreen, request: Any) -> Response:
    """Publish this older version as a new one."""
    policies: Policies = request.find_service(Policies)
    older = context.version
    message = request.POST.get("message", "").strip()
    expected = request.POST.get("expected", "")
    if not (expected.isascii() and expected.isdigit() and len(expected) < 10):
        raise Malformed("The form does not say which version it replaces. Reload the page and send it again.")
    try:
        policies.roll_back(older.number, actor_of(request), message, int(expected))
    except (Invalid, Stale) as error:
        return _shown(context, request, error)
    policy = context.__parent__.__parent__
    return HTTPSeeOther(location=f"{resource_path(policy)}?notice=policy-rolled-back")


def _shown(context: VersionScreen, request: Any, refusal: InsulaError | None = None) -> Response:
    current = request.find_service(Policies).current()
    found = context.version
    response = render_to_response(
        "insula.policies:templates/version.jinja2",
        {
            **frame(context, request, "versions"),
            "version": found,
            "author": named(request, found.author)[found.author],
            "difference": compare(current.text, found.text),
            "lines": numbered(found.text),
            "table": grid_difference(current.grid, found.grid),
            "refusal": refusal,
            "may_publish": request.may(PUBLISH, context),
        },
        request=request,
    )
    if refusal:
        response.status_int = refusal.status
    return response
