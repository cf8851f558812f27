"""Forms with files: read where they lie, so that memory does not grow with what is sent.

Forms take no files but at the addresses that rooms declare with `add_upload_form`. A file there is a window on the
body, which the server has put into a temporary file; nothing is copied before somebody reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webob.multidict import MultiDict

from insula.kit.errors import Malformed, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.config import Configurator
    from pyramid.request import Request

FORMS: Final = "insula.web.upload_forms"
_PIECE: Final = 1 << 16
_MOST_PARTS: Final = 1_000
_LONGEST_HEAD: Final = 4_096
_LONGEST_TEXT: Final = 1 << 20
_BOUNDARY: Final = re.compile(r"""boundary=("?)([!-~][ -~]{0,198}?)\1\s*(?:;|$)""", re.IGNORECASE)
_NAME: Final = re.compile(r'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILENAME: Final = re.compile(r'[;\s]filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_TYPE: Final = re.compile(r"^content-type:\s*(\S[^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_UNREADABLE: Final = "The form cannot be read. Send it again as multipart/form-data."


@dataclass
class Upload:
    """A file of a form: what the browser says of it, and its bytes, which are read once."""

    filename: str
    media_type: str | None
    length: int
    _body: Any
    _place: int

    def read(self, size: int, /) -> bytes:
        """Return at most so many of the bytes that are left."""
        self._body.seek(self._place)
        piece: bytes = self._body.read(min(size, self.length))
        self._place += len(piece)
        self.length -= len(piece)
        return piece


def add_upload_form(config: Configurator, path: str, *, largest: int) -> None:
    """Directive: let forms at addresses that match this expression bring files, so many bytes in all."""
    introspectable = config.introspectable("insula upload forms", path, path, "upload form")
    introspectable["path"], introspectable["largest"] = path, largest

    def register() -> None:
        config.registry.setdefault(FORMS, []).append((re.compile(path), largest))

    config.action(("insula upload form", path), register, introspectables=(introspectable,))


def largest_upload(request: Request) -> int | None:
    """Return how many bytes a form with files may have at this address; None where forms bring none."""
    path = request.environ.get("PATH_INFO", "")
    for form, largest in request.registry.get(FORMS, ()):
        if form.fullmatch(path):
            return int(largest)
    return None


def read_upload(request: Request, largest: int) -> None:
    """Read a form, so that `request.POST` has its fields as text and its files as `Upload`."""
    length = request.content_length or 0
    if length > largest:
        raise TooLarge(f"What you send here may have {largest:,} bytes.")
    body = request.body_file_raw
    if not (hasattr(body, "seek") and hasattr(body, "seekable") and body.seekable()):
        request.make_body_seekable()
        body = request.body_file_raw
    body.seek(0)
    found = _BOUNDARY.search(request.headers.get("Content-Type", ""))
    if found is None:
        raise Malformed(_UNREADABLE)
    fields: MultiDict[str, Any] = MultiDict()
    for start, end in _parts(body, found[2].encode("ascii"), length):
        name, value = _field(body, start, end)
        fields.add(name, value)
    request.environ["webob._parsed_post_vars"] = (fields, request.body_file_raw)


def _parts(body: Any, boundary: bytes, length: int) -> Iterator[tuple[int, int]]:
    """Yield where each part begins and ends, found in one pass."""
    mark = b"\r\n--" + boundary
    # The first mark has no line before it; two bytes that are not there stand in for it.
    window, offset, read, begun, parts = b"\r\n", -2, 0, None, 0
    while True:
        at = window.find(mark)
        while at >= 0:
            if begun is not None:
                parts += 1
                if parts > _MOST_PARTS:
                    raise TooLarge(f"A form may have {_MOST_PARTS:,} fields here.")
                yield begun, offset + at
                body.seek(read)
            begun = offset + at + len(mark)
            at = window.find(mark, at + len(mark))
        keep = window[-(len(mark) - 1) :]
        offset += len(window) - len(keep)
        piece = body.read(min(_PIECE, length - read))
        if not piece:
            break
        read += len(piece)
        window = keep + piece
    if begun is None:
        raise Malformed(_UNREADABLE)


def _field(body: Any, start: int, end: int) -> tuple[str, Any]:
    body.seek(start)
    head, blank, _ = body.read(min(_LONGEST_HEAD, end - start)).partition(b"\r\n\r\n")
    try:
        text = head.decode()
    except UnicodeDecodeError:
        raise Malformed(_UNREADABLE) from None
    name = _NAME.search(text)
    if not blank or name is None:
        raise Malformed(_UNREADABLE)
    content = start + len(head) + len(blank)
    filename = _FILENAME.search(text)
    if filename is not None:
        stated = _TYPE.search(text)
        said = filename[1].replace("%22", '"').replace('\\"', '"')
        return name[1], Upload(said, stated[1].strip() if stated else None, end - content, body, content)
    if end - content > _LONGEST_TEXT:
        raise TooLarge(f"A field may have {_LONGEST_TEXT:,} bytes.")
    body.seek(content)
    try:
        return name[1], body.read(end - content).decode()
    except UnicodeDecodeError:
        raise Malformed("A field of the form is not UTF-8.") from None
