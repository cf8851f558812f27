"""Files as visitors reach them: `/files/ID/NAME`, images with `?width=640` too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPFound

from insula.files.interfaces import Files
from insula.files.resources import NamedFile, SiteFile
from insula.files.sending import send, send_rendition
from insula.kit.errors import NotFound

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

READ = ("GET", "HEAD")


def includeme(config: Configurator) -> None:
    """Register the views."""
    config.add_view(show, context=NamedFile, permission="view", request_method=READ)
    config.add_view(lead, context=SiteFile, permission="view", request_method=READ)


def show(context: NamedFile, request: Any) -> Response:
    """Send the file, or lead to the name that it has now."""
    if context.given != context.info.name:
        return lead(context, request)
    files: Files = request.find_service(Files)
    if "width" in request.GET:
        return send_rendition(request, files, context.info, width_of(request.GET["width"]))
    return send(request, files, context.info)


def lead(context: SiteFile | NamedFile, request: Any) -> Response:
    """Lead to the address of a file."""
    query = f"?{request.query_string}" if request.query_string else ""
    return HTTPFound(location=context.info.path + query)


def width_of(text: str) -> int:
    """Return the width asked for; raises NotFound for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise NotFound("A width is a number of pixels.")
    return int(text)
