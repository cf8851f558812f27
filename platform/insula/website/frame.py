"""What surrounds every page of a tenant's site: its title, theme, navigation and footer."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from insula.features.interfaces import Features
from insula.web.interfaces import Frame, Link, themes_of
from insula.website.interfaces import Pages, PageState
from insula.website.services import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pyramid.request import Request

    from insula.website.settings import SiteSettings

FEATURE = "website"
FALLBACK = "harbour"
KEPT = 1024

_lock = Lock()


def frame_of(request: Request) -> Frame | None:
    """Return the frame of the tenant's site, or None for a tenant without the feature."""
    if getattr(request, "tenant", None) is None or not request.has_feature(FEATURE):
        return None
    settings: SiteSettings = request.find_service(Features).settings(FEATURE)
    theme = settings.theme if settings.theme in themes_of(request.registry) else FALLBACK
    if settings.navigation:
        links = tuple(Link(each.label, each.path) for each in settings.navigation)
    else:
        links = tuple(
            Link(page.label or page.title, page.path) for page in _positioned(request) if _may(request, page)
        )
    return Frame(theme, settings.title or request.tenant.title, settings.tagline, links, settings.footer)


def _may(request: Request, page: PageState) -> bool:
    # What is raised before the tree is there gets an error page without a navigation.
    root = getattr(request, "root", None)
    return root is not None and bool(request.may("view", root.site.node_of(page, {})))


def _positioned(request: Request) -> Sequence[PageState]:
    """Return the pages of the navigation, which hold as long as no page of the tenant changes."""
    cache: OrderedDict[UUID, tuple[int, Sequence[PageState]]] = request.registry.setdefault(
        "insula.website.navigation", OrderedDict()
    )
    version = request.db.versions.get(VERSION, 0)
    kept = cache.get(request.tenant_id)
    if kept is not None and kept[0] == version:
        return kept[1]
    found: Sequence[PageState] = request.find_service(Pages).navigation()
    if request.db.writing:
        return found  # What an open transaction sees may yet be rolled back and is nobody else's business.
    with _lock:
        cache[request.tenant_id] = (version, found)
        while len(cache) > KEPT:
            cache.popitem(last=False)
    return found
