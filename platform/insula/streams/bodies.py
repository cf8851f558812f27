"""What a request's body may be: its content type, its size, and its records one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

import msgspec

from insula.kit.errors import FieldError, Malformed, TooLarge, UnsupportedMedia

_CHUNK = 64 * 1024
_IN_MEMORY = 1024 * 1024
JSON = "application/json"
NDJSON = "application/x-ndjson"
_MEDIA = {JSON: JSON, NDJSON: NDJSON, "application/ndjson": NDJSON}
_ACCEPTED = f"Send {JSON} (one object or a list) or {NDJSON} (one object a line)."


class Piece(NamedTuple):
    """The text of one record, and its place in the body: line or position, counted from one."""

    ordinal: int
    raw: bytes


def media_type(content_type: str | None, content_encoding: str | None) -> str:
    """Return which of the two media types a body has; raises UnsupportedMedia for any other."""
    if content_encoding and content_encoding.strip().lower() != "identity":
        raise UnsupportedMedia(
            f"Content-Encoding {content_encoding!r} is not supported yet. Send the body uncompressed."
        )
    name, _, parameters = (content_type or "").partition(";")
    media = _MEDIA.get(name.strip().lower())
    if media is None:
        raise UnsupportedMedia(
            f"{name.strip() or 'A body without a content type'} is not accepted here. {_ACCEPTED}"
        )
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise UnsupportedMedia(f"Records are UTF-8, not {value.strip()}.")
    return media


@contextmanager
def received(body: IO[bytes], limit: int) -> Iterator[tuple[IO[bytes], bytes]]:
    """Give a body as a file that is open meanwhile, with its SHA-256; raises TooLarge beyond `limit` bytes.

    All of it is read before any record is, since the key of a request is bound to the whole of it; what is large
    waits on disk, so that memory does not grow with it.
    """
    digest, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        while chunk := body.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"A request may have {limit:,} bytes. Send the records in several requests.")
            digest.update(chunk)
            kept.write(chunk)
        kept.seek(0)
        yield kept, digest.digest()


def pieces(body: IO[bytes], media: str) -> Iterator[Piece]:
    """Yield the records of a body; blank lines are skipped but counted."""
    if media == NDJSON:
        # A line is decoded for itself: a decoder that runs over line ends pairs records with wrong lines.
        for ordinal, line in enumerate(body, 1):
            if raw := line.strip():
                yield Piece(ordinal, raw)
        return
    text = body.read().strip()
    if not text:
        raise Malformed("The body is empty.")
    try:
        if text.startswith(b"["):
            found = msgspec.json.decode(text, type=list[msgspec.Raw])
        else:
            found = [msgspec.json.decode(text, type=msgspec.Raw)]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("The body is not JSON.", errors=[FieldError("", str(error), 1)]) from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.") from error
    for ordinal, raw_item in enumerate(found, 1):
        yield Piece(ordinal, bytes(raw_item))
