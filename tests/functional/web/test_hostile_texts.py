"""Texts that no store can keep, and addresses that are no UTF-8: refused alike on every store, never a fault of ours."""

import json
from typing import Any

import pytest

from tests.makers import TenantHandle


def send(tenant: TenantHandle, method: str, path: str, body: str) -> Any:
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    ask = getattr(tenant.api("owner"), method.lower())
    return ask(path, body.encode(), headers=headers, expect_errors=True)


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/pages", '{"path": "/x", "title": "TEXT"}'),
        (
            "POST",
            "/api/pages",
            '{"path": "/x", "title": "x", "blocks": [{"kind": "markdown", "text": "TEXT"}]}',
        ),
        ("PATCH", "/api/features/website", '{"settings": {"tagline": "TEXT"}}'),
        ("POST", "/api/streams", '{"name": "x", "title": "TEXT"}'),
        ("POST", "/api/streams", '{"name": "x", "schema": {"description": "TEXT"}}'),
    ],
)
def test_json_that_no_store_keeps_is_malformed(
    method: str, path: str, body: str, text: str, one: TenantHandle
) -> None:
    answer = send(one, method, path, body.replace("TEXT", text))
    assert (answer.status_int, answer.json["type"]) == (400, "/problems/malformed")
    assert "U+0000" in answer.json["detail"]
    assert send(one, method, path, body.replace("TEXT", "a\\ud83d\\ude00b")).status_int in (200, 201)


@pytest.mark.parametrize("depth", [65, 400, 100_000])
def test_json_that_is_nested_too_deeply_is_malformed(depth: int, one: TenantHandle) -> None:
    deep = "[" * (depth - 1) + "]" * (depth - 1)
    answer = send(one, "POST", "/api/streams", '{"name": "x", "schema": {"x": ' + deep + "}}")
    assert (answer.status_int, answer.json["type"]) == (400, "/problems/malformed")


def test_json_with_an_endless_number_is_malformed(one: TenantHandle) -> None:
    answer = send(one, "POST", "/api/pages", '{"path": "/x", "title": "x", "position": ' + "9" * 5000 + "}")
    assert (answer.status_int, answer.json["type"]) == (400, "/problems/malformed")


def test_a_page_without_a_list_of_blocks_is_refused(one: TenantHandle) -> None:
    answer = send(one, "POST", "/api/pages", json.dumps({"path": "/x", "title": "x", "blocks": None}))
    assert answer.status_int == 422
    assert [error["path"] for error in answer.json["errors"]] == ["blocks"]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/admin/pages/@@new", {"path": "/x", "title": "a\0b"}),
        ("/admin/pages/@@new", {"path": "/x", "title": "x", "blocks": "::: markdown\na\0b\n:::"}),
        ("/admin/features/website", {"version": "0", "on": "on", "settings.tagline": "a\0b"}),
    ],
)
def test_a_form_with_a_text_that_no_store_keeps_is_shown_again(
    address: str, fields: dict[str, str], one: TenantHandle
) -> None:
    owner = one.signed_in("owner")
    token = owner.get(address).html.find("input", {"name": "csrf_token"})["value"]
    answer = owner.post(address, {"csrf_token": token, **fields}, status=422)
    assert "U+0000" in answer.text


def test_an_email_with_a_null_character_is_nobodys(one: TenantHandle) -> None:
    form = one.visitor().get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = "a\0b@example.org", "x"
    form.submit(status=401)


def test_a_series_with_a_null_character_holds_no_record(one: TenantHandle) -> None:
    api = one.api("owner")
    api.post_json("/api/streams", {"name": "x", "series_field": "device"})
    api.post_json("/api/streams/x/records", {"device": "one"})
    for place in ("records", "latest"):
        assert api.get(f"/api/streams/x/{place}?series=a%00b").json == {"data": []}


@pytest.mark.parametrize(
    "address",
    ["/?x=%ff", "/account/@@sign-in?next=%ff", "/static/admin/admin.css?v=%ff", "/api/pages?after=%ff"],
)
def test_a_query_that_is_no_utf8_is_malformed(address: str, one: TenantHandle) -> None:
    answer = one.visitor().get(address, status=400)
    assert answer.headers["X-Request-ID"] in answer.text
    assert answer.headers["Content-Security-Policy"]


FORM = "application/x-www-form-urlencoded"
FILE = b'--B\r\nContent-Disposition: form-data; name="email"; filename="x"\r\n\r\na\r\n--B--\r\n'
PARTS = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=", b"x", 400),
        ("multipart/form-data; boundary=B", FILE, 400),
        (f"{FORM}; charset=bogus", b"email=a", 400),
        (f"{FORM}; charset=utf-16", b"email=a", 400),
        (FORM, b"a=&" * 50_000, 413),
        ("multipart/form-data; boundary=B", PARTS * 50_000 + b"--B--\r\n", 413),
        (FORM, b"a=" + b"x" * 5_000_000, 413),
    ],
    ids=["no boundary", "empty boundary", "file", "unknown charset", "charset", "fields", "parts", "size"],
)
def test_a_form_that_cannot_be_read_is_refused(
    media: str, body: bytes, status: int, one: TenantHandle
) -> None:
    answer = one.visitor().post("/account/@@sign-in", body, content_type=media, status=status)
    assert answer.headers["Content-Security-Policy"]


def test_a_cookie_that_cannot_be_read_is_none(one: TenantHandle) -> None:
    visitor = one.visitor()
    for name in ("insula-session", "insula-csrf", "__Host-insula-session", "__Host-insula-csrf"):
        visitor.get("/account/@@sign-in", headers={"Cookie": f'{name}="\\377.\\376"'}, status=200)
