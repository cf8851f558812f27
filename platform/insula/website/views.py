"""The pages of the site, for visitors and for those who may see more."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.path import AssetResolver
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from insula.web.interfaces import themes_of
from insula.website.rendering import crumbs, render_blocks, varies
from insula.website.resources import HOME_NAME

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

    from insula.website.resources import PageResource

REVALIDATE = "no-cache"
VARY = ("Cookie", "Authorization")


def includeme(config: Configurator) -> None:
    """Register the views."""
    common = {"request_method": ("GET", "HEAD"), "feature": "website"}
    config.add_view(page, context="insula.website.resources.PageResource", permission="view", **common)
    # The root of the tree is no page, so the policy is asked inside, about the page that is shown there.
    config.add_view(home, context="insula.tree.interfaces.Root", permission=NO_PERMISSION_REQUIRED, **common)


def home(context: object, request: Request) -> Response:
    """Show the page at /."""
    try:
        node = request.root.site.home()
    except KeyError as error:
        raise HTTPNotFound from error
    request.context = node
    allowed = request.has_permission("view", node)
    if not allowed:
        raise HTTPForbidden(result=allowed)
    return page(node, request)


def page(context: PageResource, request: Request) -> Response:
    """Show a page; for visitors it may be kept by browsers and caches as long as they ask whether it still holds."""
    if request.identity is not None:
        return _render(context, request)
    early = None if varies(request, context.page) else _etag(context, request)
    if early is not None and early in request.if_none_match and "If-None-Match" in request.headers:
        return _public(Response(status=304), early)
    response = _render(context, request)
    return _public(response, early or hashlib.sha256(response.body).hexdigest()[:32])


def _render(context: PageResource, request: Request) -> Response:
    node = context.page
    # The blocks come first: an error page after a fault in one of them then knows the frame of the site.
    frame = request.site_frame
    values = {
        "page": node,
        "blocks": render_blocks(request, node),
        "crumbs": crumbs(context),
        "canonical": request.canonical_url(node.path),
        "edit_path": _edit_path(context, request),
    }
    return request.render_site("page", values, frame=frame)


def _edit_path(context: PageResource, request: Request) -> str | None:
    if request.identity is None or not request.may("edit", context):
        return None
    return "/admin/pages/" + (context.page.path.lstrip("/") or HOME_NAME)


def _public(response: Response, etag: str) -> Response:
    response.headers["Cache-Control"] = REVALIDATE
    response.vary = VARY
    response.etag = etag
    response.conditional_response = True
    return response


def _etag(context: PageResource, request: Request) -> str | None:
    """Return the tag of a page that depends on nothing but what its tenant has stored, without rendering it."""
    frame = request.site_frame
    if frame is None or request.registry.settings.get("pyramid.reload_templates") in (True, "true"):
        return None
    theme = themes_of(request.registry)[frame.theme]
    parts = (
        str(request.tenant_id),
        request.host,
        context.page.path,
        repr(sorted(request.db.versions.items())),
        repr(request.tenant),
        repr(frame),
        _build(theme.templates, theme.stylesheet),
    )
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


@lru_cache(maxsize=64)
def _build(*specs: str) -> str:
    """Return what tells this release of the code and the theme from any other."""
    try:
        release = version("insula")
    except PackageNotFoundError:
        release = ""
    digest = hashlib.sha256(release.encode())
    for spec in specs:
        where = Path(AssetResolver(None).resolve(spec).abspath())
        for file in sorted(where.rglob("*")) if where.is_dir() else [where]:
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()
