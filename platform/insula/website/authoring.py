"""What the doors by which pages are written have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.security.interfaces import demand
from insula.website.interfaces import Pages
from insula.website.paths import parent_of, prefixes

if TYPE_CHECKING:
    from insula.website.resources import PageTree


def may_create(request: Any, tree: PageTree, path: str) -> None:
    """Raise Refused unless the policy lets the caller make something below the page above a path, or the site."""
    above = parent_of(path)
    found = request.find_service(Pages).by_paths(prefixes(path.split("/")[1:])[:-1])
    # Where the page above is missing the service says so; until then the site answers for it.
    place = tree.node_of(found[above], found) if above in found else tree
    demand(request, "create", place)
