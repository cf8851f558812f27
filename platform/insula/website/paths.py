"""The addresses pages may have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from insula.kit.errors import FieldError, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_DEPTH = 16
MAX_SEGMENT = 255
MAX_PATH = 1024
HOME = "/"

SEGMENT = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*")


def is_segment(text: str) -> bool:
    """Say whether a text can be one segment of a page's path."""
    return len(text) <= MAX_SEGMENT and SEGMENT.fullmatch(text) is not None


def check_path(path: str, reserved: Callable[[str], bool]) -> str:
    """Return a path that a page may have, or raise `Invalid` saying what is wrong with it and what would do."""
    if path == HOME:
        return path
    problem = _problem(path, reserved)
    if problem is not None:
        raise Invalid(errors=(FieldError("path", problem),))
    return path


def _problem(path: str, reserved: Callable[[str], bool]) -> str | None:
    segments = path.split("/")[1:]
    wrong = next((segment for segment in segments if not SEGMENT.fullmatch(segment)), None)
    if not path.startswith("/"):
        return f"Begin with a slash, such as /about. You gave {path[:80]!r}."
    if wrong is not None:
        return (
            "Between slashes use lower case letters a to z, digits and single hyphens inside, such as /about-us. "
            f"You gave {wrong[:80]!r}."
        )
    if any(len(segment) > MAX_SEGMENT for segment in segments):
        return f"Use at most {MAX_SEGMENT} characters between two slashes."
    if len(segments) > MAX_DEPTH:
        return f"Use at most {MAX_DEPTH} levels. You gave {len(segments)}."
    if len(path) > MAX_PATH:
        return f"Use at most {MAX_PATH} characters in all. You gave {len(path)}."
    if reserved(segments[0]):
        return f"/{segments[0]} belongs to the platform. Choose another first part."
    return None


def parent_of(path: str) -> str | None:
    """Return the path above, or None for the home page and the first level."""
    above = path.rpartition("/")[0]
    return above or None


def prefixes(segments: Sequence[str]) -> tuple[str, ...]:
    """Return the paths along some segments, shortest first, as far as they can be pages at all.

    >>> prefixes(["a", "b", "@@edit"])
    ('/a', '/a/b')
    """
    found: list[str] = []
    for segment in segments[:MAX_DEPTH]:
        if not is_segment(segment):
            break
        found.append((found[-1] if found else "") + "/" + segment)
    return tuple(found)
