"""The headers that every answer carries, and error pages for what goes wrong outside of the views."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyramid.request import Request
from pyramid.response import Response

from insula.kit.errors import Malformed, NotFound, TooLarge
from insula.kit.settings import settings_of
from insula.kit.texts import UNKEPT
from insula.web.assets import PARAMETER, is_current, is_ours
from insula.web.interfaces import CONTENT_SECURITY_POLICY
from insula.web.settings import WebSettings
from insula.web.uploads import largest_upload, read_upload

if TYPE_CHECKING:
    from pyramid.registry import Registry

Handler = Callable[[Request], Response]

FIXED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
HSTS = "max-age=31536000"
FOREVER = "public, max-age=31536000, immutable"
PRIVATE = "private, no-store"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LARGEST_FORM = 4 << 20
MOST_FIELDS = 5_000


def headers(handler: Handler, registry: Registry) -> Handler:
    """Put the security and cache headers on every answer that has not set its own."""
    fixed = dict(FIXED)
    if settings_of(registry, WebSettings).public_scheme == "https":
        fixed["Strict-Transport-Security"] = HSTS

    def tween(request: Request) -> Response:
        response = handler(request)
        # The list itself: the library's mapping over it walks through all of it at each touch.
        listed = response.headerlist
        present = {name.lower() for name, _ in listed}
        listed.extend((name, value) for name, value in fixed.items() if name.lower() not in present)
        path = request.environ.get("PATH_INFO", "")
        if is_ours(registry, path) and response.status_int in (200, 304):
            current = is_current(registry, path, request.GET.get(PARAMETER))
            response.headers["Cache-Control"] = FOREVER if current else "no-cache"
        elif "cache-control" not in present:
            # What a view did not declare fit for others to keep is kept by nobody.
            listed.append(("Cache-Control", PRIVATE))
        return response

    return tween


def outer_errors(handler: Handler, registry: Registry) -> Handler:  # the shape of a tween factory
    """Show what tweens raise, such as an unknown host, by the same views as what views raise."""

    def tween(request: Request) -> Response:
        try:
            _refuse_unkept_path(request)
            _refuse_unreadable_query(request)
            _forget_unreadable_cookies(request)
            _refuse_unreadable_form(request)
            return handler(request)
        except Exception:  # noqa: BLE001 - beyond this the server itself would answer, without headers or request id
            # There is no transaction here and perhaps no tenant, so nothing of a tenant may be looked up.
            request.outside_transaction = True
            return request.invoke_exception_view(sys.exc_info())

    return tween


def _refuse_unkept_path(request: Request) -> None:
    """Find nothing where a name holds what no store keeps, before a store is asked for it."""
    if "\0" in request.environ.get("PATH_INFO", ""):
        raise NotFound


def _refuse_unreadable_query(request: Request) -> None:
    try:
        request.GET  # noqa: B018  # reading it decodes it, once for the request
    except UnicodeDecodeError as error:
        raise Malformed("The query is not UTF-8.") from error
    # What is UTF-8 holds no half of a surrogate pair.
    if "%00" in request.query_string or "\0" in request.query_string:
        raise Malformed(f"The query cannot be read. {UNKEPT}")


def _forget_unreadable_cookies(request: Request) -> None:
    try:
        list(request.cookies.values())
    except UnicodeError:
        # A page of a neighbouring host can set cookies for this one, so they must not shut anybody out.
        request.environ.pop("HTTP_COOKIE", None)
        request.environ.pop("webob._parsed_cookies", None)


def _refuse_unreadable_form(request: Request) -> None:
    """Read a form once, here, before it costs more: many small fields take far longer to read than to send."""
    # WebOb takes what is posted without a type for a form, too.
    untyped = request.method == "POST" and not request.content_type
    if request.method in ("GET", "HEAD") or not (untyped or request.content_type in FORMS):
        return
    most = largest_upload(request) if request.content_type == "multipart/form-data" else None
    if most is not None:
        read_upload(request, most)
        _refuse_unkept_fields(request)
        return
    if (request.content_length or 0) > LARGEST_FORM:
        raise TooLarge(f"A form may have {LARGEST_FORM:,} bytes.")
    # It waits in memory; WebOb would put it into a temporary file that nobody closes.
    request.request_body_tempfile_limit = LARGEST_FORM
    body = request.body
    if body.count(b"&") > MOST_FIELDS or body.count(b"\n--") > MOST_FIELDS:
        raise TooLarge(f"A form may have {MOST_FIELDS:,} fields.")
    try:
        fields = list(request.POST.items())
    except (
        ValueError,
        LookupError,
        DeprecationWarning,
    ) as error:  # WebOb raises the last for another charset
        raise Malformed("The form cannot be read.") from error
    if not all(isinstance(value, str) for _, value in fields):
        raise Malformed("No form here takes a file.")
    _refuse_unkept_fields(request)


def _refuse_unkept_fields(request: Request) -> None:
    fields = ((name, getattr(value, "filename", value)) for name, value in request.POST.items())
    if not _is_kept("".join(f"{name}{value}" for name, value in fields)):
        raise Malformed(f"The form cannot be read. {UNKEPT}")


def _is_kept(text: str) -> bool:
    """Say whether stores can keep a text; as `unkept` does, and ten times as fast for megabytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
