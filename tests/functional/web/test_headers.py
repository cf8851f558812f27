"""The headers of DESIGN 5, on the answer of every view."""

import re

import pytest

from insula.features.interfaces import Sections
from tests.functional.replay.places import furnish
from tests.functional.replay.test_other_tenant import views_of

YEAR = 31_536_000
EXACT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PERSONAL = ("/admin", "/account", "/api")


def check(path, answer):
    headers = answer.headers
    for name, value in EXACT.items():
        assert headers.get(name) == value, (path, name)
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'", path
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'", path
    # What is not named falls back to default-src.
    assert policy.get("object-src", "'none'") == "'none'", path
    assert policy.get("script-src", "'none'") in ("'self'", "'none'"), path
    assert "unsafe" not in headers["Content-Security-Policy"], path
    assert int(re.search(r"max-age=(\d+)", headers["Strict-Transport-Security"])[1]) >= YEAR, path
    assert headers["Referrer-Policy"] in ("strict-origin-when-cross-origin", "no-referrer", "same-origin"), (
        path
    )
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(
        headers["Permissions-Policy"].split(", ")
    ), path
    assert "Server" not in headers, path
    if path.startswith(PERSONAL) and answer.status_int != 304:
        told = headers["Cache-Control"]
        assert "no-store" in told or ("private" in told and "no-cache" in told), (path, told)
    if answer.status_int >= 400:
        assert "no-store" in headers["Cache-Control"], path
    for cookie in headers.getall("Set-Cookie"):
        assert {"secure", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}, path


def test_every_view_is_answered_with_every_header(installation, one):
    names = furnish(one)
    clients = [one.visitor(), one.api("owner"), one.signed_in("owner")]
    asked = {view.path(names) for view in views_of(installation) if not view.console}
    assert len(asked) > 60
    for path in sorted(asked):
        for client in clients:
            check(path, client.get(path, expect_errors=True))
    for path in (
        "/nothing",
        "/api/nothing",
        "/admin/nothing",
        "/account/nothing",
        "/static/nothing",
        "/robots.txt",
    ):
        for client in clients:
            check(path, client.get(path, expect_errors=True))


def test_what_is_refused_before_there_is_a_tenant_has_them_too(installation, one):
    check("/", installation.client("nobody.localhost").get("/", status=404))
    check("/", installation.client("bad_host").get("/", status=400))
    with one.work() as work:
        work.find_service(Sections).change("rates", settings={"address_page": 10}, actor=None)
    visitor = one.visitor(REMOTE_ADDR="203.0.113.41")
    answers = [visitor.get("/", expect_errors=True) for _ in range(14)]
    assert 429 in {answer.status_int for answer in answers}
    for answer in answers:
        check("/", answer)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_view_for_reading_runs_for_no_other_method(one, method):
    # A visitor is told of no address that is there, and an owner that this one takes no such method.
    assert getattr(one.visitor(), method)("/robots.txt", expect_errors=True).status_int in (404, 405)
    refused = getattr(one.api("owner"), method)("/api/limits", expect_errors=True)
    assert refused.status_int == 405
    assert refused.headers["Allow"] == "GET, HEAD"
