"""What a file is: found in its first bytes, and compared with what its sender says it is."""

from __future__ import annotations

import mimetypes
from typing import Final

import puremagic

from insula.kit.errors import UnsupportedMedia

HEAD: Final = 8_192
"""How many bytes are looked at."""

UNKNOWN: Final = "application/octet-stream"
_SURE: Final = 0.3  # what is found with less, such as two letters at the beginning, contradicts nobody
_SAME: Final = {
    "application/x-gzip": "application/gzip",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "text/xml": "application/xml",
    "application/x-javascript": "text/javascript",
    "application/javascript": "text/javascript",
}
_TEXTS: Final = frozenset(
    {"application/json", "application/xml", "application/x-ndjson", "application/yaml", "image/svg+xml"}
)
# What can be known by its first bytes, so that a file that has others is something else.
_KNOWN: Final = ("image/", "audio/", "video/", "application/pdf", "application/zip", "application/gzip")
_ZIPPED: Final = ("application/vnd.openxmlformats-", "application/vnd.oasis.", "application/epub+zip")
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_BY_NAME: Final = mimetypes.MimeTypes()


def media_type_of(head: bytes, name: str, claimed: str | None) -> str:
    """Return the media type of a file by its first bytes; raises UnsupportedMedia where it is not the one claimed."""
    stated = _plain(claimed or "")
    if stated in ("", UNKNOWN):
        guessed = _plain(_BY_NAME.guess_type(name)[0] or "")
        # A name is no promise: what it says counts as far as the bytes allow it.
        return guessed if guessed and _may_be(head, guessed) else _found(head)
    if not _may_be(head, stated):
        found = _found(head)
        other = f" It is {found}." if found != UNKNOWN else ""
        raise UnsupportedMedia(f"The file is sent as {stated}, but that is not what is in it.{other}")
    return stated


def is_text(media_type: str) -> bool:
    """Say whether files of a type are texts."""
    return media_type.startswith("text/") or media_type in _TEXTS or media_type.endswith(("+json", "+xml"))


def _found(head: bytes) -> str:
    if _is_zip(head):
        return "application/zip"
    sure = [each for each, confidence in _candidates(head) if confidence >= _SURE]
    if sure:
        return sure[0]
    return "text/plain" if _reads_as_text(head) else UNKNOWN


def _may_be(head: bytes, media_type: str) -> bool:
    if _is_zip(head):
        return media_type == "application/zip" or media_type.startswith(_ZIPPED)
    candidates = _candidates(head)
    if any(each == media_type for each, _ in candidates):
        return True
    sure = [each for each, confidence in candidates if confidence >= _SURE]
    if is_text(media_type):
        # Words that happen to begin as some rare format does are words all the same.
        return _reads_as_text(head) and not any(each.startswith((*_KNOWN, "text/html")) for each in sure)
    return not sure and not media_type.startswith((*_KNOWN, *_ZIPPED))


def _candidates(head: bytes) -> list[tuple[str, float]]:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    return [(_plain(each.mime_type) or UNKNOWN, each.confidence) for each in found]


def _reads_as_text(head: bytes) -> bool:
    return len(head.translate(None, delete=_CONTROLS)) == len(head)


def _is_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _plain(media_type: str) -> str:
    plain = media_type.partition(";")[0].strip().lower()
    return _SAME.get(plain, plain)
