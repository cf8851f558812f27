"""`/files/ID/NAME`: what visitors get, and how."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.unit.files.pictures import picture

from .conftest import PNG

TEXT = b"0123456789" * 10


@pytest.fixture(scope="module")
def text(keeper):
    """A public text."""
    return keeper.file(TEXT, "text/plain", name="digits.txt", public="true")


@pytest.fixture(scope="module")
def image(keeper):
    """A public image, turned, with what a camera writes."""
    content = picture("JPEG", (800, 400), turned=6)
    return keeper.file(content, "image/jpeg", name="pier.jpg", public="true")


def test_a_public_file_is_everybodys_and_harmless(keeper, text):
    answer = keeper.handle.visitor().get(text["url"])
    assert answer.body == TEXT
    headers = answer.headers
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["ETag"] == f'"{text["sha256"]}"'
    assert (
        headers["Content-Disposition"] == "attachment; filename=\"digits.txt\"; filename*=UTF-8''digits.txt"
    )
    assert headers["Content-Security-Policy"].endswith("; sandbox")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "public, max-age=300"
    assert headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("path", ["", "?width=320"])
def test_no_answer_sets_a_cookie_whoever_asks(keeper, image, path):
    for client in (keeper.handle.visitor(), keeper.browser("viewer")):
        answer = client.get(image["url"] + path)
        assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_private_file_is_for_those_who_may_view_it(keeper):
    made = keeper.file(name="secret.png")
    visitor = keeper.handle.visitor()
    missing = visitor.get(made["url"].replace(made["id"], "01a204f4-61d3-7a14-b787-abb122a7aad0"), status=404)
    hidden = visitor.get(made["url"], status=404)
    assert hidden.text.replace(hidden.headers["X-Request-ID"], "") == missing.text.replace(
        missing.headers["X-Request-ID"], ""
    )
    for path in (f"/files/{made['id']}", made["url"] + "?width=320"):
        visitor.get(path, status=404)
    answer = keeper.browser("viewer").get(made["url"])
    assert (answer.body, answer.headers["Cache-Control"]) == (PNG, "private, no-cache")
    keeper.api().patch_json(f"/api/files/{made['id']}", {"public": True}, headers={"If-Match": "*"})
    assert visitor.get(made["url"]).body == PNG
    keeper.api().patch_json(f"/api/files/{made['id']}", {"public": False}, headers={"If-Match": "*"})
    visitor.get(made["url"], status=404)


@pytest.mark.parametrize(
    ("asked", "status", "said", "body"),
    [
        ("bytes=0-9", 206, "bytes 0-9/100", TEXT[:10]),
        ("bytes=95-", 206, "bytes 95-99/100", TEXT[95:]),
        ("bytes=-3", 206, "bytes 97-99/100", TEXT[-3:]),
        ("bytes=50-500", 206, "bytes 50-99/100", TEXT[50:]),
        ("bytes=100-", 416, "bytes */100", None),
        ("bytes=9-3", 200, None, TEXT),
        ("lines=1-2", 200, None, TEXT),
        ("bytes=0-1,5-6", 200, None, TEXT),
    ],
)
def test_a_range_is_answered_with_that_range(keeper, text, asked, status, said, body):
    answer = keeper.handle.visitor().get(text["url"], headers={"Range": asked}, status=status)
    assert answer.headers.get("Content-Range") == said
    if body is not None:
        assert answer.body == body
        assert answer.headers["Content-Length"] == str(len(body))


def test_a_range_of_another_version_is_answered_with_the_whole(keeper, text):
    visitor, asked = keeper.handle.visitor(), {"Range": "bytes=0-1"}
    visitor.get(text["url"], headers={**asked, "If-Range": f'"{text["sha256"]}"'}, status=206)
    assert visitor.get(text["url"], headers={**asked, "If-Range": '"another"'}, status=200).body == TEXT


def test_what_is_known_is_not_sent_again(keeper, text, image):
    visitor = keeper.handle.visitor()
    for url in (text["url"], image["url"] + "?width=320"):
        tag = visitor.get(url).headers["ETag"]
        answer = visitor.get(url, headers={"If-None-Match": tag}, status=304)
        assert (answer.body, answer.headers["ETag"]) == (b"", tag)
        assert visitor.get(url, headers={"If-None-Match": '"another"'}, status=200)


def test_head_says_what_get_would(keeper, text):
    answer = keeper.handle.visitor().head(text["url"])
    assert (answer.body, answer.headers["Content-Length"]) == (b"", "100")


@pytest.mark.parametrize(
    ("body", "type_", "name", "shown"),
    [
        (PNG, "image/png", "a.png", "inline"),
        (b"%PDF-1.7\n", "application/pdf", "a.pdf", "inline"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", "a.svg", "attachment"),
        (b"a,b\n", "text/csv", "a.csv", "attachment"),
    ],
)
def test_only_what_cannot_do_harm_is_shown(keeper, body, type_, name, shown):
    made = keeper.file(body, type_, name=name, public="true")
    answer = keeper.handle.visitor().get(made["url"])
    assert answer.headers["Content-Disposition"].startswith(f"{shown};")
    assert answer.content_type == type_


def test_a_name_is_written_so_that_it_ends_no_header(keeper):
    made = keeper.file(name="Z%C3%BCrich%20%22%3B%0D%0AX%3A%20y.png", public="true")
    answer = keeper.handle.visitor().get(made["url"])
    assert made["name"] == "Zürich ;X y.png"
    assert answer.headers["Content-Disposition"] == (
        "inline; filename=\"Z_rich ;X y.png\"; filename*=UTF-8''Z%C3%BCrich%20%3BX%20y.png"
    )


def test_an_earlier_name_leads_to_the_present_one(keeper, text):
    for path in (f"/files/{text['id']}", f"/files/{text['id']}/earlier.txt"):
        assert keeper.handle.visitor().get(path, status=302).location.endswith(text["url"])
    for path in (
        "/files",
        "/files/",
        "/files/x/y",
        f"/files/{text['id'].upper()}/digits.txt",
        text["url"] + "/x",
    ):
        keeper.handle.visitor().get(path, status=404)


def test_an_image_comes_in_the_widths_that_are_offered(keeper, image):
    visitor = keeper.handle.visitor()
    assert (image["width"], image["height"]) == (400, 800)
    assert [each["width"] for each in image["renditions"]] == [320, 640]
    for each, size in zip(image["renditions"], ((320, 640), (400, 800)), strict=True):
        for _ in range(2):
            answer = visitor.get(each["url"])
        assert answer.content_type == "image/webp"
        assert b"secret camera" not in answer.body
        with Image.open(BytesIO(answer.body)) as shown:
            assert shown.size == size
    for width in ("321", "0", "-1", "9999999999", "x", "", "960"):
        visitor.get(f"{image['url']}?width={width}", status=404)
    assert b"secret camera" in visitor.get(image["url"]).body


def test_what_is_no_image_has_no_widths(keeper, text):
    assert text["renditions"] == []
    keeper.handle.visitor().get(text["url"] + "?width=320", status=404)
