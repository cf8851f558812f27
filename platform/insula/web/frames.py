"""Rendering in the look of the tenant's site, or in a plain one where there is none."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

from pyramid.renderers import render
from pyramid.response import Response

from insula.web.interfaces import SITE_FRAME, STYLESHEETS, Frame, themes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.request import Request

NEUTRAL = "insula.web:templates/neutral.jinja2"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def site_frame(request: Request) -> Frame | None:
    """Return the frame of the tenant's site, or None for a tenant without one."""
    find = request.registry.get(SITE_FRAME)
    frame: Frame | None = find(request) if find is not None else None
    return frame if frame is not None and frame.theme in themes_of(request.registry) else None


def render_site(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    *,
    frame: Frame | None = None,
    status: int = 200,
) -> Response:
    """Return a page of the theme: `template` is a file of its folder, without the ending."""
    frame = frame or request.site_frame
    if frame is None:
        return render_neutral(request, values, status=status)
    theme = themes_of(request.registry)[frame.theme]
    # The theme comes last: it has the last word on how the blocks of other rooms look.
    stylesheets = [
        request.static_path(spec) for spec in (*request.registry.get(STYLESHEETS, ()), theme.stylesheet)
    ]
    return _response(
        render(
            f"{theme.templates}/{template}.jinja2",
            {"site": frame, "theme": theme, "stylesheets": stylesheets, **values},
            request=request,
        ),
        status,
    )


def render_neutral(request: Request, values: Mapping[str, Any], *, status: int) -> Response:
    """Return a page that needs nothing but itself: no tenant, no database, no other file."""
    html = render(NEUTRAL, dict(values), request=request)
    response = _response(html, status)
    # Its style travels inside, since an unknown host has no /static; the policy names it by its hash.
    style = _STYLE.search(html)
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() if style else ""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return response


def _response(html: str, status: int) -> Response:
    return Response(html.encode(), status=status, content_type="text/html", charset="UTF-8")
