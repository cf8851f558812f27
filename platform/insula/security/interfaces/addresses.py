"""Addresses: which branch one lies in, and which it is safe to go on to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyramid.exceptions import URLDecodeError
from pyramid.traversal import traversal_path_info

if TYPE_CHECKING:
    from pyramid.request import Request

_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")


def safe_next(path: str | None, default: str = "/") -> str:
    r"""Return the path to go on to after signing in, if it stays on this host, else the default.

    Browsers drop control characters and read a backslash as a slash, so both go first; then only a path that starts
    with exactly one slash is left as it was.

    >>> safe_next("/admin/pages?x=1")
    '/admin/pages?x=1'
    >>> safe_next("//evil.example"), safe_next("/\t/evil.example"), safe_next("https://evil.example")
    ('/', '/', '/')
    """
    cleaned = _CONTROL.sub("", path or "")
    if cleaned != path or not cleaned.startswith("/") or cleaned.startswith("//"):
        return default
    return cleaned


def segments_of(request: Request) -> tuple[str, ...]:
    """Return the segments of the request's path as the tree reads them; none of one that cannot be read."""
    try:
        segments: tuple[str, ...] = traversal_path_info(request.environ.get("PATH_INFO", ""))
    except URLDecodeError:
        return ()
    return segments


def branch_of(request: Request) -> str:
    """Return the name of the branch that a request is for; empty for the front page."""
    return next(iter(segments_of(request)), "")
