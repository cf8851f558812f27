"""What browsers and crawlers ask every host for, the same for all tenants."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

# The slash or the end is part of each line, since /apiary is a page of the site.
ROBOTS = """\
User-agent: *
Allow: /
Disallow: /admin/
Disallow: /admin$
Disallow: /account/
Disallow: /account$
Disallow: /api/
Disallow: /api$
"""
DAY, MONTH = 86_400, 30 * 86_400
MARK = files("insula.web").joinpath("static", "mark.svg").read_bytes()


def includeme(config: Configurator) -> None:
    """Register the views."""
    for view, name in ((robots, "robots.txt"), (favicon, "favicon.ico")):
        config.add_view(
            view,
            name=name,
            context="insula.tree.interfaces.Root",
            request_method=("GET", "HEAD"),
            permission=NO_PERMISSION_REQUIRED,
        )


def robots(context: object, request: Request) -> Response:
    """Tell crawlers that the site is theirs to read, and the doors beside it are not."""
    response = Response(ROBOTS.encode(), content_type="text/plain", charset="UTF-8")
    response.cache_control = f"public, max-age={DAY}"
    return response


def favicon(context: object, request: Request) -> Response:
    """Show the platform's mark to a browser that has not been told of another."""
    response = Response(MARK, content_type="image/svg+xml", charset=None)
    response.cache_control = f"public, max-age={MONTH}"
    return response
