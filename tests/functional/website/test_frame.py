"""Headers, assets and error pages."""

from __future__ import annotations

import re

import pytest

from insula.db.work import system_work
from insula.tenancy.interfaces import Tenants

from .conftest import text


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/static/website/harbour.css", "/account/@@sign-in", "/api/", "/healthz"]
)
def test_every_answer_carries_the_headers(one, make_page, path):
    make_page(one, "/", "Welcome")
    headers = one.visitor().get(path, status="*").headers
    if path != "/healthz":
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"]
    assert headers["X-Request-ID"]
    assert headers["Cache-Control"]


def test_a_request_id_of_the_client_is_not_believed(one):
    assert (
        one.visitor().get("/x", headers={"X-Request-ID": "mine"}, status=404).headers["X-Request-ID"]
        != "mine"
    )


def test_assets_with_the_current_hash_are_kept_for_ever_and_others_asked_for_again(one, make_page):
    make_page(one, "/", "Welcome")
    visitor = one.visitor()
    (address,) = re.findall(r'href="(/static/website/harbour\.css\?v=\w+)"', visitor.get("/").text)
    assert "immutable" in visitor.get(address).headers["Cache-Control"]
    assert visitor.get(address[:-1] + "x").headers["Cache-Control"] == "no-cache"
    assert visitor.get("/static/website/harbour.css").headers["Cache-Control"] == "no-cache"
    visitor.get("/static/website/../models.py", status=404)


def test_pages_have_no_inline_style_or_script(one, make_page):
    make_page(
        one, "/", "<script>alert(1)</script>", text("<b onclick=x>hi</b>"), summary='"><script>x</script>'
    )
    for path in ("/", "/nothing"):
        page = one.visitor().get(path, status="*").html
        assert not page.find_all(["script", "style"])
        assert not page.find_all(attrs={"style": True})
        assert not page.find_all(attrs={"onclick": True})


def test_a_missing_page_is_shown_in_the_theme_with_the_request_id(one, two):
    answer = one.visitor().get("/nothing", status=404)
    assert "harbour.css" in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert one.tenant.title in answer.text
    assert one.tenant.title not in two.visitor().get("/nothing", status=404).text


def test_a_suspended_tenant_gets_a_plain_page_and_is_told_when_to_come_back(
    installation, one, two, make_page
):
    make_page(one, "/", "Welcome")
    make_page(two, "/", "Welcome")
    one.visitor().get("/", status=200)
    with system_work(installation.registry, reason="a test suspends a tenant", writing=False) as work:
        work.find_service(Tenants).suspend(one.tenant.name)
    answer = one.visitor().get("/", status=503)
    assert answer.headers["Retry-After"]
    assert "Welcome" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    two.visitor().get("/", status=200)


def test_a_fault_of_ours_says_nothing_of_itself(one, make_page, monkeypatch):
    make_page(one, "/", "Welcome", text("x"))

    def fail(*given):
        raise RuntimeError("the secret detail")

    monkeypatch.setattr("insula.website.views.render_blocks", fail)
    answer = one.visitor().get("/", status=500)
    assert "secret detail" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


@pytest.mark.parametrize("path", ["/", "/api/pages"])
def test_a_fault_outside_of_the_views_is_answered_like_any_other(one, monkeypatch, path):
    def fail(*given):
        raise RuntimeError("the secret detail")

    monkeypatch.setattr("insula.tenancy.requests.tenant_of", fail)
    answer = one.visitor().get(path, status=500)
    assert "secret detail" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_without_its_token_is_refused_in_words(one, make_page):
    make_page(one, "/about", "About")
    browser = one.signed_in("editor")
    answer = browser.post("/admin/pages/about", {"title": "x"}, status=400)
    assert answer.headers["X-Request-ID"] in answer.text
