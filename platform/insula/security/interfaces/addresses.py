"""Addresses that it is safe to go on to."""

from __future__ import annotations

import re

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
