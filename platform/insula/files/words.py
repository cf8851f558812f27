"""Sizes and types in the words of screens and terminals."""

from __future__ import annotations

from typing import Final

from insula.files.interfaces import FileInfo

KINDS: Final = (
    ("", "any"),
    ("image", "images"),
    ("pdf", "PDF"),
    ("audio", "sound"),
    ("video", "video"),
    ("text", "text"),
    ("zip", "archives"),
)
"""The kinds of files that a list can be narrowed to, as values and words."""


def size_said(size: int) -> str:
    """Say how large something is.

    >>> size_said(0), size_said(999), size_said(1_500), size_said(30_000_000), size_said(2_345_000_000)
    ('0 bytes', '999 bytes', '1.5 KB', '30 MB', '2.3 GB')
    """
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")):
        if size >= unit:
            number = size / unit
            return f"{number:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"


def pixels_said(info: FileInfo) -> str:
    """Say how large an image is; nothing for what is none."""
    return f"{info.width:,} by {info.height:,} pixels" if info.width else ""
