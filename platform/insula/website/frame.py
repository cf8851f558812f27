"""What surrounds every page of a tenant's site: its title, theme, navigation and footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.features.interfaces import Features
from insula.kit.caches import VersionedCache
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
_NAVIGATION = "insula.website.navigation"


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
    cache: VersionedCache[UUID, Sequence[PageState]] | None = request.registry.get(_NAVIGATION)
    if cache is None:
        cache = request.registry.setdefault(_NAVIGATION, VersionedCache(KEPT))
    version = request.db.versions.get(VERSION, 0)
    found = cache.get(request.tenant_id, version)
    if found is None:
        found = request.find_service(Pages).navigation()
        # What an open transaction sees may yet be rolled back and is nobody else's business.
        if not request.db.writing:
            cache.put(request.tenant_id, version, found)
    return found
