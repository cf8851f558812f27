"""Files by screen alone, without JavaScript."""

from __future__ import annotations

from webtest import Upload

from .conftest import PNG


def upload(browser, *files, **values):
    """Send the form of the screen, as a browser does."""
    form = browser.get("/admin/files/@@upload").forms["upload"]
    form["file"] = [Upload(*each) for each in files]
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


def test_a_file_is_uploaded_described_and_deleted_by_screen(keeper):
    browser = keeper.browser()
    answer = upload(browser, ("Der Pier.png", PNG, "image/png"), alt="Ein Pier", public=True)
    page = answer.follow()
    assert "The file is here." in page
    assert "Der Pier.png" in page
    assert "Nothing uses it." in page
    assert keeper.handle.visitor().get(page.html.find("img", class_="picture")["src"]).status_int == 200
    form = page.forms["file"]
    form["name"], form["alt"], form["public"] = "pier.png", "A pier", False
    saved = form.submit().follow()
    assert "A pier" in saved
    assert "Seen by few" in saved
    stale = form.submit(expect_errors=True)
    assert stale.status_int == 412
    bad = saved.forms["file"]
    bad["name"] = "../pier.png"
    refused = bad.submit(expect_errors=True)
    assert refused.status_int == 422
    assert "You could use pier.png" in refused
    for shown in ("", "?show=list"):
        assert "pier.png" in browser.get("/admin/files" + shown)
    gone = saved.click("Delete…").forms["delete"].submit().follow()
    assert "The file is deleted." in gone
    assert "pier.png" not in gone


def test_several_files_are_taken_or_none(keeper):
    browser = keeper.browser()
    before = keeper.api().get("/api/files").json["data"]
    lie = ("b.png", b"<html><script>", "image/png")
    refused = upload(browser, ("a.png", PNG, "image/png"), lie, alt="Two")
    assert refused.status_int == 415
    assert "b.png: The file is sent as image/png" in refused
    assert refused.forms["upload"]["alt"].value == "Two"
    assert keeper.api().get("/api/files").json["data"] == before
    assert "Choose at least one file." in browser.get("/admin/files/@@upload").forms["upload"].submit(
        status=422
    )
    done = upload(browser, ("a.png", PNG, "image/png"), ("b.txt", b"words", "text/plain"))
    assert done.location.endswith("/admin/files?notice=files-added")
    assert len(keeper.api().get("/api/files").json["data"]) == len(before) + 2


def test_the_screens_show_what_one_may_do(keeper):
    author = keeper.browser("author")
    theirs = keeper.file(name="theirs.png")
    page = author.get(f"/admin/files/{theirs['id']}")
    assert "You may view this file but not change it." in page
    assert "Delete…" not in page
    assert "public" not in author.get("/admin/files/@@upload").forms["upload"].fields
    author.get(f"/admin/files/{theirs['id']}/@@delete", status=403)
    keeper.handle.visitor().get("/admin/files", status=401)


def test_a_form_with_a_file_needs_its_token_and_its_address(keeper):
    browser = keeper.browser()
    form = browser.get("/admin/files/@@upload").forms["upload"]
    form["file"] = [Upload("a.png", PNG, "image/png")]
    form["csrf_token"] = "another"
    assert form.submit(expect_errors=True).status_int == 400
    answer = browser.post(
        "/admin/pages/@@new", {"title": "x"}, upload_files=[("file", "a.png", PNG)], expect_errors=True
    )
    assert answer.status_int == 400
    assert "No form here takes a file." in answer


def test_another_tenants_screens_do_not_know_the_file(keeper, other):
    made = keeper.file(name="mine-alone.png")
    for view in ("", "/@@delete"):
        other.browser("owner").get(f"/admin/files/{made['id']}{view}", status=404)
    assert "mine-alone.png" not in other.browser("owner").get("/admin/files")
