"""Texts that no store can keep, and addresses that are no UTF-8: refused alike on every store, never a fault of ours."""

import json
from typing import Any

import pytest

from tests.installations import Installation
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
        ("/admin/tokens/@@new", {"label": "a\0b", "days": "1"}),
        ("/admin/policy/@@publish", {"message": "a\0b", "expected": "1"}),
        ("/account/@@sign-in", {"email": "a\0b@example.org", "password": "x"}),
        ("/account/@@sign-in", {"email": "a@example.org", "password": "x", "a\0b": ""}),
    ],
)
def test_a_form_with_a_text_that_no_store_keeps_is_malformed(
    address: str, fields: dict[str, str], one: TenantHandle
) -> None:
    owner = one.signed_in("owner")
    token = owner.get("/admin/pages/@@new").html.find("input", {"name": "csrf_token"})["value"]
    answer = owner.post(address, {"csrf_token": token, **fields}, status=400)
    assert "U+0000" in answer.text
    kept = {name.replace("\0", ""): value.replace("\0", "") for name, value in fields.items()}
    assert "U+0000" not in owner.post(address, {"csrf_token": token, **kept}, status="*").text


@pytest.mark.parametrize(
    "address",
    [
        "/?x=%00",
        "/?%00=x",
        "/account/@@sign-in?next=a%00b",
        "/admin/people?find=a%00b",
        "/admin/tokens?find=a%00b",
        "/api/people?find=%00",
        "/api/tokens?find=%00",
        "/api/streams/x/records?series=a%00b",
        "/api/streams/x/latest?series=a%2%00b",
    ],
)
def test_a_query_with_a_text_that_no_store_keeps_is_malformed(address: str, one: TenantHandle) -> None:
    client = one.api("owner") if address.startswith("/api") else one.signed_in("viewer")
    answer = client.get(address, status=400)
    assert "U+0000" in answer.text
    allowed = client.get(address.replace("%00", "%2500"), expect_errors=True)
    assert "U+0000" not in allowed.text


@pytest.mark.parametrize(
    "address", ["/a%00b", "/admin/tokens/a%00b", "/api/tokens/a%00b", "/api/people/%00", "/static/a%00b"]
)
def test_a_name_that_no_store_keeps_is_missing(address: str, one: TenantHandle) -> None:
    client = one.api("owner") if address.startswith("/api") else one.signed_in("owner")
    told = client.get(address, status=404)
    missing = client.get(address.replace("%00", "x"), status=404)
    assert told.content_type == missing.content_type or address.startswith("/static")
    if address.startswith("/api"):
        names = ("type", "title", "status")
        assert [told.json[name] for name in names] == [missing.json[name] for name in names]


def test_plans_tenants_and_operators_by_a_name_that_no_store_keeps_are_missing(
    installation: Installation, one: TenantHandle
) -> None:
    ops = installation.tenant("ops", console=True)
    browser, api = ops.signed_in("owner"), ops.api("owner")
    for address in ("/admin/tenants/", "/admin/plans/", "/operator/"):
        browser.get(f"{address}a%00b", status=404)
        browser.get(f"{address}a%00b/authorize", status=404)
    for name in ("tenants", "plans"):
        api.get(f"/api/{name}/a%00b", status=404)
    browser.get(f"/admin/tenants/{one.tenant.name}", status=200)


@pytest.mark.parametrize(
    "address",
    ["/?x=%ff", "/account/@@sign-in?next=%ff", "/static/admin/admin.css?v=%ff", "/api/pages?after=%ff"],
)
def test_a_query_that_is_no_utf8_is_malformed(address: str, one: TenantHandle) -> None:
    answer = one.visitor().get(address, status=400)
    assert answer.headers["X-Request-ID"] in answer.text
    assert answer.headers["Content-Security-Policy"]


def post(tenant: TenantHandle, body: bytes, media: str, status: int) -> Any:
    """Send a body of a type, or of none, which WebTest's own verb would not."""
    headers = {"Content-Type": media} if media else {}
    address = f"http://{tenant.host}/account/@@sign-in"
    return tenant.visitor().request(address, method="POST", body=body, headers=headers, status=status)


def part(value: bytes, *headers: str) -> bytes:
    """Return a form of one field in the other encoding."""
    head = "\r\n".join(['--B\r\nContent-Disposition: form-data; name="email"', *headers, "", ""])
    return head.encode() + value + b"\r\n--B--\r\n"


FORM = "application/x-www-form-urlencoded"
FILE = b'--B\r\nContent-Disposition: form-data; name="email"; filename="x"\r\n\r\na\r\n--B--\r\n'
PARTS = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        ("", b"a=&" * 50_000, 413),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=", b"x", 400),
        ("multipart/form-data; boundary=B", FILE, 400),
        (f"{FORM}; charset=bogus", b"email=a", 400),
        (f"{FORM}; charset=utf-16", b"email=a", 400),
        (FORM, b"a=&" * 50_000, 413),
        ("multipart/form-data; boundary=B", PARTS * 50_000 + b"--B--\r\n", 413),
        (FORM, b"a=" + b"x" * 5_000_000, 413),
    ],
    ids=[
        "fields without a type",
        "no boundary",
        "empty boundary",
        "file",
        "unknown charset",
        "charset",
        "fields",
        "parts",
        "size",
    ],
)
def test_a_form_that_cannot_be_read_is_refused(
    media: str, body: bytes, status: int, one: TenantHandle
) -> None:
    answer = post(one, body, media, status)
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (FORM, b"email=a%00b"),
        ("multipart/form-data; boundary=B", part(b"a\0b")),
        ("multipart/form-data; boundary=B", part(b"YQBi", "Content-Transfer-Encoding: base64")),
        ("multipart/form-data; boundary=B", part(b"+2AA-", "Content-Type: text/plain; charset=utf-7")),
        ("", b"email=a%00b"),
    ],
    ids=["null", "null in a part", "null in base64", "half of a pair", "null without a type"],
)
def test_a_field_that_no_store_keeps_is_found_however_it_is_written(
    media: str, body: bytes, one: TenantHandle
) -> None:
    answer = post(one, body, media, 400)
    assert "U+0000" in answer.text
    body = body.replace(b"%00", b"").replace(b"\0", b"").replace(b"YQBi", b"YWJi").replace(b"+2AA-", b"x")
    assert "expired" in post(one, body, media, 400)


def test_a_cookie_that_cannot_be_read_is_none(one: TenantHandle) -> None:
    visitor = one.visitor()
    for name in ("insula-session", "insula-csrf", "__Host-insula-session", "__Host-insula-csrf"):
        visitor.get("/account/@@sign-in", headers={"Cookie": f'{name}="\\377.\\376"'}, status=200)
