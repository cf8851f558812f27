"""How the bytes of a file leave: whole or a range, with what keeps browsers from trusting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pyramid.httpexceptions import HTTPNotModified
from pyramid.response import Response

from insula.files.settings import FilesSettings
from insula.files.sniffing import is_text
from insula.kit.errors import InsulaError
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from insula.files.interfaces import Content, FileInfo, Files

POLICY: Final = (
    "default-src 'none'; img-src 'self'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'; sandbox"
)
SHOWN: Final = frozenset(
    {
        *("image/avif", "image/gif", "image/jpeg", "image/png", "image/webp", "application/pdf"),
        *("audio/aac", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm"),
        *("video/mp4", "video/mpeg", "video/ogg", "video/webm", "video/quicktime"),
    }
)
"""The types that a browser may show by itself; all others are saved."""


class Unsatisfiable(InsulaError):
    """A range that begins behind the end."""

    status, slug, title = 416, "unsatisfiable", "There is nothing in this range"


def send(request: Any, files: Files, info: FileInfo) -> Response:
    """Return the answer with a file: 200, 206 or 304; raises Unsatisfiable."""
    response = _response(request, info, info.sha256)
    response.content_type = info.media_type
    response.charset = "utf-8" if is_text(info.media_type) else None
    response.headers["Accept-Ranges"] = "bytes"
    if _is_known(request, response):
        return _unchanged(response)
    # Several ranges at once are answered with the whole, as a server may.
    asked = None if "," in request.headers.get("Range", "") else request.range
    if asked is None or response not in request.if_range:
        return _with(request, response, files.open(info))
    part = asked.content_range(info.size)
    if part is None:
        said = f"bytes */{info.size}"
        request.add_response_callback(lambda _request, answer: answer.headers.update({"Content-Range": said}))
        raise Unsatisfiable(f"The file has {info.size:,} bytes.")
    response.status_int = 206
    response.content_range = part
    return _with(request, response, files.open(info, part.start, part.stop - part.start))


def send_rendition(request: Any, files: Files, info: FileInfo, width: int) -> Response:
    """Return the answer with an image in one of the widths allowed: 200 or 304."""
    response = _response(request, info, f"{info.sha256}-{width}")
    content, response.content_type = files.rendition(info, width)
    response.charset = None
    if _is_known(request, response):
        content.close()
        return _unchanged(response)
    return _with(request, response, content)


def _response(request: Any, info: FileInfo, etag: str) -> Response:
    response = Response(request=request)
    response.etag = etag
    headers = response.headers
    shown = info.media_type in SHOWN
    # The name for old programs has neither quotes nor anything but ASCII.
    plain = (
        info.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("%", "_")
    )
    headers["Content-Disposition"] = (
        f"{'inline' if shown else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(info.name, safe='')}"
    )
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = _kept(request, info)
    return response


def _kept(request: Any, info: FileInfo) -> str:
    if info.public and request.identity is None:
        # A visitor has been given it, so whoever else asks may have it from a cache.
        return f"public, max-age={settings_of(request.registry, FilesSettings).public_max_age}"
    return "private, no-cache"


def _is_known(request: Any, response: Response) -> bool:
    return bool(request.headers.get("If-None-Match")) and response.etag in request.if_none_match


def _unchanged(response: Response) -> Response:
    known = HTTPNotModified(etag=response.etag)
    for name in ("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options"):
        known.headers[name] = response.headers[name]
    return known


def _with(request: Any, response: Response, content: Content) -> Response:
    response.content_length = content.length
    if request.method == "HEAD":
        content.close()
        return response
    wrapper = request.environ.get("wsgi.file_wrapper")
    # The server sends a file that it is handed without keeping a thread; it stops at the length said above.
    file = getattr(content, "file", None)
    response.app_iter = wrapper(file, 1 << 16) if wrapper and file is not None else content
    return response
