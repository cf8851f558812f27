"""What a file is, by its first bytes."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from insula.files.sniffing import media_type_of
from insula.kit.errors import UnsupportedMedia

from .pictures import picture

HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = b"iata,name\n01G,Perry-Warsaw\n"


def zipped() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("head", "name", "claimed", "found"),
    [
        (picture("PNG"), "a.png", "image/png", "image/png"),
        (picture("PNG"), "a", None, "image/png"),
        (picture("PNG"), "a.jpg", None, "image/png"),
        (picture("JPEG"), "a.jpg", "image/jpg", "image/jpeg"),
        (picture("WEBP"), "a.webp", "image/webp; x=1", "image/webp"),
        (b"%PDF-1.7\n", "a.pdf", "application/octet-stream", "application/pdf"),
        (CSV, "a.csv", "text/csv", "text/csv"),
        (CSV, "a.csv", None, "text/csv"),
        (CSV, "a", None, "text/plain"),
        (b"BM is how this text begins", "a.txt", "text/plain", "text/plain"),
        (b'{"a": 1}', "a.json", "application/json", "application/json"),
        (SVG, "a.svg", "image/svg+xml", "image/svg+xml"),
        (zipped(), "a.docx", WORD, WORD),
        (zipped(), "a.zip", "application/x-zip-compressed", "application/zip"),
        (HTML, "a.html", "text/html", "text/html"),
        (HTML, "a.txt", None, "text/html"),
        (b"\x93\x11\x87" * 9, "a.bin", None, "application/octet-stream"),
        (b"", "a.txt", "text/plain", "text/plain"),
    ],
)
def test_the_type_is_what_the_bytes_allow(head, name, claimed, found):
    assert media_type_of(head, name, claimed) == found


@pytest.mark.parametrize(
    ("head", "claimed"),
    [
        (HTML, "image/png"),
        (HTML, "text/plain"),
        (HTML, "application/pdf"),
        (SVG, "image/png"),
        (picture("PNG"), "image/jpeg"),
        (picture("PNG"), "text/plain"),
        (b"%PDF-1.7\nall of it letters", "text/plain"),
        (b"just words", "image/png"),
        (b"just words", "video/mp4"),
        (b"just words", "application/zip"),
        (b"MZ\x00\x90" + b"\0" * 60, "text/plain"),
        (b"\x7fELF" + b"\0" * 60, "image/png"),
        (zipped(), "text/plain"),
        (zipped(), "image/png"),
        (b"", "image/png"),
    ],
)
def test_a_type_that_the_bytes_belie_is_refused(head, claimed):
    with pytest.raises(UnsupportedMedia):
        media_type_of(head, "a", claimed)
