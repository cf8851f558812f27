"""Forms with files, read where they lie."""

from __future__ import annotations

import tracemalloc
from io import BytesIO

import pytest
from pyramid.request import Request

from insula.kit.errors import Malformed, TooLarge
from insula.web.uploads import Upload, read_upload

BOUNDARY = "----seam"


def form(*parts, boundary=BOUNDARY, end=True):
    body = b""
    for head, content in parts:
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + (f"--{boundary}--\r\n".encode() if end else b"")


def field(name, text):
    return f'Content-Disposition: form-data; name="{name}"', text.encode()


def file(name, content, filename="a.png", type_="image/png"):
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {type_}'
    return head, content


def read(body, *, largest=1 << 24, content_type=f"multipart/form-data; boundary={BOUNDARY}", stream=None):
    request = Request.blank("/", method="POST", content_type=content_type)
    request.environ["wsgi.input"] = stream or BytesIO(body)
    request.content_length = len(body)
    read_upload(request, largest)
    return request.POST


def test_fields_are_texts_and_files_are_streams():
    content = b"\x89PNG\r\n\r\n--not the seam\r\n" * 9_000
    fields = read(form(field("alt", "Täst"), file("file", content, "Bild “1”.png"), field("public", "on")))
    assert (fields["alt"], fields["public"]) == ("Täst", "on")
    upload = fields["file"]
    assert isinstance(upload, Upload)
    assert (upload.filename, upload.media_type, upload.length) == ("Bild “1”.png", "image/png", len(content))
    pieces = []
    while piece := upload.read(65_536):
        pieces.append(piece)
    assert b"".join(pieces) == content


@pytest.mark.parametrize("length", [*range(65_400, 65_640, 7), 131_000, 131_072])
def test_a_seam_is_found_wherever_a_piece_ends(length):
    fields = read(form(file("file", b"x" * length), field("after", "here")))
    assert fields["file"].length == length
    assert fields["after"] == "here"


def test_several_files_have_one_name():
    fields = read(form(file("file", b"one", "1.txt"), file("file", b"two", "2.txt"), file("file", b"", "")))
    first, second, none = fields.getall("file")
    assert (second.read(9), first.read(9), none.filename) == (b"two", b"one", "")


def test_memory_does_not_grow_with_the_form(tmp_path):
    place = tmp_path / "body"
    place.write_bytes(form(file("file", b"x" * (30 << 20))))
    with place.open("rb") as stream:
        tracemalloc.start()
        try:
            request = Request.blank(
                "/", method="POST", content_type=f"multipart/form-data; boundary={BOUNDARY}"
            )
            request.environ["wsgi.input"], request.content_length = stream, place.stat().st_size
            read_upload(request, 64 << 20)
            while request.POST["file"].read(65_536):
                pass
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", f"multipart/form-data; boundary={BOUNDARY}"),
        (b"no seam at all", f"multipart/form-data; boundary={BOUNDARY}"),
        (form(field("a", "b")), "multipart/form-data"),
        (form(("Content-Disposition: form-data", b"x")), f"multipart/form-data; boundary={BOUNDARY}"),
        (form(('X: "' + "y" * 9_000 + '"', b"x")), f"multipart/form-data; boundary={BOUNDARY}"),
        (
            form(('Content-Disposition: form-data; name="a"', b"\xff")),
            f"multipart/form-data; boundary={BOUNDARY}",
        ),
    ],
)
def test_what_is_no_form_is_refused(body, content_type):
    with pytest.raises(Malformed):
        read(body, content_type=content_type)


def test_more_than_a_form_may_have_is_refused():
    with pytest.raises(TooLarge):
        read(form(field("a", "b")), largest=10)
    with pytest.raises(TooLarge):
        read(form(*(field(f"f{number}", "") for number in range(1_001))))
    with pytest.raises(TooLarge):
        read(form(field("a", "x" * ((1 << 20) + 1))))
