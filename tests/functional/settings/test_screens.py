"""The screens of features: who may see and change them, what they refuse and how they say it."""

from __future__ import annotations

import re

import pytest

from insula.features.interfaces import declarations

URL = "/admin/features/website"


@pytest.fixture
def number(installation):
    """A setting of the website that is a bounded whole number, its bound, and its path in the form."""
    model = declarations(installation.registry)["website"].model
    for name, info in model.model_fields.items():
        bounds = [limit.le for limit in info.metadata if getattr(limit, "le", None) is not None]
        if info.annotation is int and bounds:
            return name, bounds[0], f"settings.{name}"
    pytest.skip("the website has no bounded number among its settings")


@pytest.fixture
def text(installation):
    """A setting of the website that is text."""
    model = declarations(installation.registry)["website"].model
    for name, info in model.model_fields.items():
        if info.annotation is str:
            return name, f"settings.{name}"
    pytest.skip("the website has no text among its settings")


def submit(browser, *, url=URL, headers=None, **fields):
    form = browser.get(url).forms["feature"]
    for name, value in fields.items():
        form[name.replace("__", ".")] = value
    return form.submit(headers=headers, status="*")


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_who_manages_the_site_sees_the_list_and_the_form(one, role):
    browser = one.signed_in(role)
    listing = browser.get("/admin/features")
    assert listing.html.h1.text == "Features"
    assert listing.html.find("a", href=URL) is not None
    assert browser.get(URL).forms["feature"].method == "POST"


@pytest.mark.parametrize("role", ["editor", "author", "viewer"])
def test_who_does_not_manage_the_site_finds_nothing_there(one, role):
    browser = one.signed_in(role)
    for url in ("/admin/features", URL):
        browser.get(url, status=404)


def test_a_visitor_is_asked_to_sign_in_whatever_the_name(one):
    for url in ("/admin", "/admin/features", URL, "/admin/features/ghost", "/admin/ghost"):
        assert one.visitor().get(url, status="*").status_int == 401


def test_a_session_of_another_tenant_is_nobody_here(one, two):
    browser = one.signed_in("owner")
    browser.extra_environ["HTTP_HOST"] = two.host
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookiejar)
    assert two.visitor().get(URL, headers={"Cookie": cookies}, status="*").status_int == 401


def test_an_unknown_feature_is_missing_and_its_name_is_not_repeated(one):
    answer = one.signed_in("owner").get("/admin/features/zzghostzz", status=404)
    assert "zzghostzz" not in answer.text


def test_a_switch_holds_and_says_so_after_a_redirect(one, two):
    browser = one.signed_in("owner")
    url = "/admin/features/streams"
    form = browser.get(url).forms["feature"]
    form["on"] = False
    answer = form.submit()
    assert answer.status_int == 303
    shown = answer.follow()
    assert "Saved." in shown.html.find(role="status").text
    assert shown.forms["feature"]["on"].checked is False
    assert one.api("admin").get("/api/streams", status="*").status_int == 404
    assert two.api("admin").get("/api/streams", status="*").status_int == 200


def test_saving_what_is_in_force_already_changes_nothing_and_says_so(one):
    browser = one.signed_in("owner")
    answer = submit(browser)
    assert answer.status_int == 303
    assert "Nothing was different" in answer.follow().html.find(role="status").text
    assert browser.get(URL).etag == "0"


def test_a_setting_is_saved_and_stands_beside_its_default(one, two, text):
    name, path = text
    browser = one.signed_in("admin")
    assert submit(browser, **{path: "Harbour news"}).status_int == 303
    shown = browser.get(URL)
    assert shown.forms["feature"][path].value == "Harbour news"
    field = shown.html.find(attrs={"name": path})
    assert "Default:" in shown.html.find(id=f"f-{name}-d").text
    assert f"f-{name}-d" in field["aria-describedby"]
    assert two.signed_in("admin").get(URL).forms["feature"][path].value != "Harbour news"


def test_a_bad_value_is_told_in_the_summary_and_at_the_field_and_kept(one, number):
    name, bound, path = number
    browser = one.signed_in("owner")
    answer = submit(browser, **{path: str(bound + 1)})
    assert answer.status_int == 422
    summary = answer.html.find(role="alert")
    assert "Not saved: 1 field needs another look" in summary.text
    assert summary.find("a", href=f"#f-{name}") is not None
    field = answer.html.find(id=f"f-{name}")
    assert field["aria-invalid"] == "true"
    assert field["value"] == str(bound + 1)
    error = answer.html.find(id=field["aria-describedby"].split()[0])
    assert error.text.startswith(f"Use {bound:,} or less.")
    assert browser.get(URL).etag == "0"


def test_two_people_never_overwrite_each_other(one, text):
    name, path = text
    first, second = one.signed_in("owner"), one.signed_in("admin")
    late = second.get(URL).forms["feature"]
    assert submit(first, **{path: "First"}).status_int == 303
    late[path] = "Second"
    answer = late.submit(status=412)
    assert "changed it meanwhile" in answer.html.find(role="alert").text
    cells = [cell.text for cell in answer.html.find(id="compared").find_all("td")]
    assert cells == ["First", "Second"]
    assert answer.forms["feature"][path].value == "Second"
    assert first.get(URL).forms["feature"][path].value == "First"
    assert answer.forms["feature"].submit().status_int == 303
    assert first.get(URL).forms["feature"][path].value == "Second"


def test_if_match_is_honoured_before_the_hidden_version(one, text):
    _, path = text
    browser = one.signed_in("owner")
    etag = browser.get(URL).headers["ETag"]
    assert submit(browser, headers={"If-Match": '"7"'}, **{path: "x"}).status_int == 412
    assert submit(browser, headers={"If-Match": etag}, **{path: "x"}).status_int == 303


def test_a_form_without_its_token_is_refused(one):
    browser = one.signed_in("owner")
    form = browser.get("/admin/features/streams").forms["feature"]
    form["csrf_token"] = "0" * 40
    form["on"] = False
    assert form.submit(status="*").status_int == 400
    assert one.api("admin").get("/api/streams").status_int == 200


def test_switching_off_what_another_feature_needs_names_it(one, installation):
    needing = [found for found in declarations(installation.registry).values() if found.requires]
    if not needing:
        pytest.skip("no feature of this installation needs another")
    answer = submit(one.signed_in("owner"), url=f"/admin/features/{needing[0].requires[0]}", on=False)
    assert answer.status_int == 409
    assert needing[0].title in answer.html.find(id="f-on-e").text


def test_the_page_needs_no_script_and_no_style_of_its_own(one):
    page = one.signed_in("owner").get(URL).text
    assert "<script" not in page
    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=\"", page)


def test_a_made_up_notice_says_nothing(one):
    page = one.signed_in("owner").get(f"{URL}?notice=You+have+won")
    assert page.html.find(role="status") is None
    assert "You have won" not in page.text
