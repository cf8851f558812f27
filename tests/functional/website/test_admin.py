"""Pages as screens: all works by plain forms, and two editors never overwrite each other unknowingly."""

from __future__ import annotations

import pytest

from insula.website.interfaces import Pages

from .conftest import bare, text


def edit(browser, path="/admin/pages/about"):
    screen = browser.get(path)
    return next(form for form in screen.forms.values() if "blocks" in form.fields)


def button(browser, words, path="/admin/pages/about"):
    screen = browser.get(path)
    return next((form for form in screen.forms.values() if form.action.endswith(f"/@@{words}")), None)


def test_a_page_is_made_edited_published_and_unpublished_by_forms(one, two):
    browser = one.signed_in("editor")
    screen = browser.get("/admin/pages")
    assert "No pages yet" in screen.text
    form = next(f for f in browser.get("/admin/pages/@@new").forms.values() if "path" in f.fields)
    form["path"], form["title"], form["blocks"] = "/about", "About", "::: markdown\nHello **there**.\n:::\n"
    made = form.submit(status=303)
    assert made.location.endswith("/admin/pages/about?notice=page-created")
    assert "The page is made." in made.follow().text
    one.visitor().get("/about", status=404)
    button(browser, "publish").submit(status=303)
    assert "<strong>there</strong>" in one.visitor().get("/about").text
    form = edit(browser)
    form["title"] = "About us"
    assert form.submit(status=303).location.endswith("notice=page-saved")
    assert "About us" in one.visitor().get("/about").text
    button(browser, "unpublish").submit(status=303)
    one.visitor().get("/about", status=404)
    two.visitor().get("/about", status=404)


def test_the_list_shows_each_page_with_its_state(one, two, make_page):
    make_page(one, "/", "Home")
    make_page(one, "/about", "About", published=False)
    make_page(two, "/theirs", "Theirs")
    rows = one.signed_in("editor").get("/admin/pages").html.find("tbody").find_all("tr")
    assert [(row.th.a["href"], row.find(class_="tag").text) for row in rows] == [
        ("/admin/pages/_home", "Published"),
        ("/admin/pages/about", "Draft"),
    ]


def test_saving_what_is_there_changes_nothing(one, make_page):
    page = make_page(
        one, "/about", "About", {"kind": "heading", "text": "A: b", "level": 3}, text("x: y\n\n:::\nz")
    )
    assert edit(one.signed_in("editor")).submit(status=303).location.endswith("notice=page-same")
    with one.work() as work:
        assert work.find_service(Pages).get(page.id) == page


def test_every_fault_is_told_at_once_with_its_line_and_nothing_typed_is_lost(one, make_page):
    make_page(one, "/about", "About")
    form = edit(one.signed_in("editor"))
    form["title"] = ""
    form["position"] = "first"
    form["blocks"] = "::: heading\ntext: Hi\nlevel: 9\n:::\n\n::: markdwn\nhello\n:::\n"
    answer = form.submit(status=422)
    summary = answer.html.find(id="errors")
    assert [a["href"] for a in summary.find_all("a")].count("#f-blocks") == 2
    assert {a["href"] for a in summary.find_all("a")} == {"#f-title", "#f-position", "#f-blocks"}
    assert "Line 3, level: Use at most 4. You gave '9'." in summary.text
    assert "Line 6: There is no block “markdwn”. Did you mean markdown?" in summary.text
    assert "level: 9" in answer.html.find(id="f-blocks").text
    assert answer.html.find(id="f-title")["aria-invalid"] == "true"
    with one.work() as work:
        assert work.find_service(Pages).by_path("/about").title == "About"


def test_the_second_of_two_editors_is_told_and_keeps_their_text(one, make_page):
    make_page(one, "/about", "About")
    first, second = edit(one.signed_in("editor")), edit(one.signed_in("editor"))
    first["title"], second["title"] = "First", "Second"
    first.submit(status=303)
    answer = second.submit(status=412)
    assert "somebody changed this page meanwhile" in answer.text
    assert answer.html.find(id="f-title")["value"] == "Second"
    again = next(form for form in answer.forms.values() if "blocks" in form.fields)
    again.submit(status=303)
    with one.work() as work:
        assert work.find_service(Pages).by_path("/about").title == "Second"


def test_a_form_says_which_version_it_changes(one, make_page):
    make_page(one, "/about", "About")
    form = edit(one.signed_in("editor"))
    form["version"] = ""
    form.submit(status=400)


def test_a_stale_publish_is_refused(one, make_page):
    make_page(one, "/about", "About", published=False)
    browser = one.signed_in("editor")
    publish = button(browser, "publish")
    form = edit(browser)
    form["title"] = "Other"
    form.submit(status=303)
    publish.submit(status=412)
    one.visitor().get("/about", status=404)


@pytest.mark.parametrize(("role", "status"), [("author", 403), ("editor", 303), ("owner", 303)])
def test_who_may_publish_by_screen(one, make_page, role, status):
    page = make_page(one, "/about", "About", published=False)
    browser = one.signed_in(role)
    form = edit(browser)
    values = {"csrf_token": form["csrf_token"].value, "version": str(page.version)}
    answer = browser.post("/admin/pages/about/@@publish", values, status=status)
    if status == 403:
        assert "Editors publish pages. Ask one of them to look at this page." in answer.text
        assert button(browser, "publish") is None
    assert one.visitor().get("/about", status="*").status_int == (404 if status == 403 else 200)


def test_an_author_may_look_at_a_page_of_others_but_not_save_it(one, make_page):
    make_page(one, "/about", "About")
    browser = one.signed_in("author")
    form = edit(browser)
    answer = browser.post(
        "/admin/pages/about",
        {"csrf_token": form["csrf_token"].value, "version": "2", "title": "Mine", "blocks": ""},
        status=403,
    )
    assert "Authors edit their own pages only." in answer.text
    assert "You may view this page but not edit it." in browser.get("/admin/pages/about").text


@pytest.mark.parametrize("path", ["/admin/pages", "/admin/pages/about", "/admin/pages/@@new"])
def test_those_who_may_not_open_the_administration_find_nothing(one, make_page, path):
    make_page(one, "/about", "About")
    viewer = one.signed_in("viewer")
    assert bare(viewer.get(path, status=404)) == bare(viewer.get("/admin/nothing", status=404))
    one.visitor().get(path, status=401)


def test_the_editor_of_another_tenant_finds_nothing(one, two, make_page):
    make_page(one, "/about", "About")
    other = two.signed_in("editor")
    assert bare(other.get("/admin/pages/about", status=404)) == bare(
        other.get("/admin/pages/none", status=404)
    )


def test_a_page_named_like_a_view_is_reached_and_so_is_the_view(one, make_page):
    make_page(one, "/new", "A page called new")
    make_page(one, "/new/publish", "A page called publish")
    browser = one.signed_in("editor")
    assert "A page called new" in browser.get("/admin/pages/new").text
    assert "A page called publish" in browser.get("/admin/pages/new/publish").text
    assert "It is a draft until you publish it." in browser.get("/admin/pages/@@new").text
    button(browser, "unpublish", "/admin/pages/new").submit(status=303)


def test_a_block_of_a_feature_that_is_off_is_flagged_and_kept(one, make_page):
    from insula.features.interfaces import Features

    chart = {"kind": "chart", "stream": "none", "field": "x"}
    page = make_page(one, "/about", "About", chart)
    with one.work() as work:
        work.find_service(Features).change("streams", on=False, actor="test")
    browser = one.signed_in("editor")
    assert "needs the feature “streams”" in browser.get("/admin/pages/about").text
    assert "Block hidden" in browser.get("/admin/pages").text
    form = edit(browser)
    form["title"] = "Other"
    form.submit(status=303)
    with one.work() as work:
        assert list(work.find_service(Pages).get(page.id).blocks) == [chart]
