"""The site: pages of two tenants, each on its own host, in its own theme, and nobody else's."""

from __future__ import annotations

import pytest

from insula.features.interfaces import Features
from insula.kit.errors import Invalid
from tests.counting import counted

from .conftest import bare, text


def settings(tenant, **values):
    with tenant.work() as work:
        work.find_service(Features).change("website", settings=values, actor="test")


def switch(tenant, name, *, on):
    with tenant.work() as work:
        work.find_service(Features).change(name, on=on, actor="test")


def test_two_tenants_show_their_own_page_at_the_same_address(one, two, make_page):
    make_page(one, "/", "Welcome to one", text("The **first**."))
    make_page(two, "/", "Welcome to two", text("The second."))
    settings(two, theme="bay", title="Two's site")
    first, second = one.visitor().get("/"), two.visitor().get("/")
    assert "<h1>Welcome to one</h1>" in first.text
    assert "<strong>first</strong>" in first.text
    assert "Welcome to two" in second.text
    assert "/static/website/harbour.css?v=" in first.text
    assert "/static/website/bay.css?v=" in second.text
    assert "Two's site" in second.html.title.text
    assert "Welcome to one" not in second.text


def test_equal_headings_of_a_page_have_ids_of_their_own(one, two, make_page):
    headings = [{"kind": "heading", "text": said} for said in ("Notes", "Notes 2", "Notes", "notes!", "?")]
    for tenant in (one, two):
        make_page(tenant, "/notes", "A title", *headings)
        page = tenant.visitor().get("/notes").html
        ids = [heading["id"] for heading in page.find_all("h2") if heading.get("id", "").startswith("h-")]
        assert ids == ["h-notes", "h-notes-2", "h-notes-3", "h-notes-4", "h-section"]


def test_a_page_of_one_tenant_is_missing_at_the_other(one, two, make_page):
    make_page(one, "/about")
    one.visitor().get("/about", status=200)
    two.visitor().get("/about", status=404)


def test_an_unknown_host_gets_nothing_of_any_tenant(installation, one, make_page):
    make_page(one, "/", "Only here")
    answer = installation.client("nobody.example").get("/", status=404)
    assert "Only here" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert "No site answers on this host" in answer.text
    assert "'sha256-" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("depth", [1, 2, 16])
def test_a_page_is_found_with_one_statement_at_any_depth(one, make_page, installation, depth):
    path = ""
    for level in range(1, depth + 1):
        path += f"/level-{level}"
        make_page(one, path, f"Level {level}")
    client = one.visitor()
    client.get(path)
    with counted(installation.registry) as seen:
        answer = client.get(path)
    assert f"<h1>Level {depth}</h1>" in answer.text
    assert len([each for each in seen if "FROM page" in each]) == 1
    assert len(seen) <= 3


def test_breadcrumbs_are_the_pages_above(one, make_page):
    make_page(one, "/a", "First")
    make_page(one, "/a/b", "Second", label="Short")
    make_page(one, "/a/b/c", "Third")
    crumbs = one.visitor().get("/a/b/c").html.find("nav", {"class": "crumbs"})
    assert [(a.text, a["href"]) for a in crumbs.find_all("a")] == [
        ("Home", "/"),
        ("First", "/a"),
        ("Short", "/a/b"),
    ]


def test_an_unpublished_page_is_missing_in_every_byte_but_the_request_id(one, make_page):
    make_page(one, "/secret", "Nobody may know", published=False)
    visitor = one.visitor()
    hidden = visitor.get("/secret", status=404)
    missing = visitor.get("/nothing", status=404)
    assert bare(hidden) == bare(missing)


def test_an_unpublished_home_is_missing_too(one, two, make_page):
    make_page(one, "/", "Soon", published=False)
    assert bare(one.visitor().get("/", status=404)) == bare(one.visitor().get("/x", status=404))
    two.visitor().get("/", status=404)


@pytest.mark.parametrize(("role", "status"), [("viewer", 200), ("editor", 200), (None, 404)])
def test_an_unpublished_page_is_there_for_those_who_may_view_it(one, make_page, role, status):
    make_page(one, "/soon", "Soon", published=False)
    answer = one.signed_in(role).get("/soon", status=status)
    if status == 200:
        assert "not published" in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "ETag" not in answer.headers


def test_a_place_that_asks_to_sign_in_does_so_for_missing_pages_below_it_too(one, two, make_page):
    make_page(one, "/members", "Members", published=False, ask_to_sign_in=True)
    make_page(one, "/members/minutes", "Minutes", published=False)
    visitor = one.visitor()
    for path in ("/members", "/members/minutes", "/members/none"):
        assert visitor.get(path, status=401).forms
    assert two.visitor().get("/members", status=404)
    one.signed_in(None).get("/members/none", status=404)


def test_what_a_visitor_has_is_not_sent_again_until_something_changes(one, two, make_page):
    page = make_page(one, "/", "Welcome", text("Hello."))
    make_page(two, "/", "Welcome", text("Hello."))
    visitor = one.visitor()
    first = visitor.get("/")
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert {"Cookie", "Authorization"} <= set(first.headers["Vary"].split(", "))
    again = visitor.get("/", headers={"If-None-Match": etag}, status=304)
    assert again.body == b""
    assert two.visitor().get("/", headers={"If-None-Match": etag}).status_int == 200
    from insula.website.interfaces import Pages

    with one.work() as work:
        work.find_service(Pages).edit(page.id, {"title": "Changed"}, expected=None)
    fresh = visitor.get("/", headers={"If-None-Match": etag}, status=200)
    assert "Changed" in fresh.text
    settings(one, tagline="Something new")
    assert (
        visitor.get("/", headers={"If-None-Match": fresh.headers["ETag"]}, status=200).headers["ETag"] != etag
    )


def test_the_navigation_is_made_of_pages_or_of_the_settings(one, two, make_page):
    make_page(one, "/b", "Second", position=2)
    make_page(one, "/a", "First page", position=1, label="First")
    make_page(one, "/hidden", "Hidden", position=3, published=False)
    make_page(one, "/a/below", "Below", position=4)
    make_page(two, "/other", "Other", position=1)

    def menu():
        nav = one.visitor().get("/a").html.find("nav", {"class": "menu"})
        return [(a.text, a["href"], a.get("aria-current")) for a in nav.find_all("a")]

    assert menu() == [("First", "/a", "page"), ("Second", "/b", None)]
    settings(one, navigation=[{"label": "Start", "path": "/"}])
    assert menu() == [("Start", "/", None)]


def test_without_the_feature_there_is_no_site(one, two, make_page):
    for tenant in (one, two):
        make_page(tenant, "/", "Welcome")
    switch(one, "website", on=False)
    one.visitor().get("/", status=404)
    one.api().get("/api/pages", status=404)
    one.signed_in("editor").get("/admin/pages", status=404)
    two.visitor().get("/", status=200)
    switch(one, "website", on=True)
    one.visitor().get("/", status=200)


def test_blocks_of_a_feature_that_is_off_are_left_out_without_a_word(one, two, make_page):
    blocks = [text("Before."), {"kind": "chart", "stream": "none", "field": "x", "title": "A chart here"}]
    for tenant in (one, two):
        make_page(tenant, "/", "Welcome", *blocks)
    switch(one, "streams", on=False)
    assert "A chart here" not in one.visitor().get("/").text
    assert "A chart here" in two.visitor().get("/").text
    assert "block-chart" not in one.visitor().get("/").text


def test_a_theme_that_is_not_there_is_refused(one):
    with pytest.raises(Invalid) as refused:
        settings(one, theme="nowhere")
    assert refused.value.errors[0].path == "settings.theme"


@pytest.mark.parametrize(
    "path", ["/A", "/a b", "/%C3%BC", "/..%2fetc", "/x" * 17, "/" + "x" * 300, "/a%00", "/@@x"]
)
def test_addresses_no_page_can_have_are_missing(one, path):
    one.visitor().get(path, status=404)


def test_an_address_that_is_not_utf8_is_told_so(one):
    answer = one.visitor().get("/%ff", status=400)
    assert answer.headers["X-Request-ID"] in answer.text
