"""The screens of features: who may see and change them, what they refuse and how they say it."""

from __future__ import annotations

import re

import pytest

from insula.features.interfaces import DECLARATIONS, FeatureDeclaration, NoSettings, declarations
from insula.web.interfaces import THEMES

URL = "/admin/features/website"


NUMBERS = "/admin/features/streams"
NUMBER, BOUND = "max_streams", 1_000


@pytest.fixture
def needing(installation, monkeypatch):
    """A feature that needs the website, declared for one test; the tenants of the test are made after it."""
    declared = FeatureDeclaration("guestbook", "Guestbook", "", NoSettings, requires=("website",))
    monkeypatch.setitem(installation.registry[DECLARATIONS], "guestbook", declared)
    return declared


@pytest.fixture
def text(installation):
    """A setting of the website that is text."""
    model = declarations(installation.registry)["website"].model
    name = next(name for name, info in model.model_fields.items() if info.annotation is str)
    return name, f"settings.{name}"


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
    assert browser.get(URL).forms["feature"].method == "post"


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


def test_a_bad_value_is_told_in_the_summary_and_at_the_field_and_kept(one):
    browser = one.signed_in("owner")
    answer = submit(browser, url=NUMBERS, **{f"settings.{NUMBER}": str(BOUND + 1)})
    assert answer.status_int == 422
    summary = answer.html.find(role="alert")
    assert "Not saved: 1 field needs another look" in summary.text
    assert summary.find("a", href=f"#f-{NUMBER}") is not None
    field = answer.html.find(id=f"f-{NUMBER}")
    assert field["aria-invalid"] == "true"
    assert field["value"] == str(BOUND + 1)
    error = answer.html.find(id=field["aria-describedby"].split()[0])
    assert error.text == f"Use {BOUND:,} or less. You gave “{BOUND + 1}”."
    assert browser.get(NUMBERS).etag == "0"


def test_every_bad_field_is_told_at_once(one):
    answer = submit(
        one.signed_in("owner"),
        url=NUMBERS,
        **{f"settings.{NUMBER}": "many", "settings.max_page": "0"},
    )
    assert "Not saved: 2 fields need another look" in answer.html.find(role="alert").text
    assert len(answer.html.find_all(attrs={"aria-invalid": "true"})) == 2


def test_rows_are_added_kept_and_removed(one):
    browser = one.signed_in("owner")
    added = {"settings.navigation.0.label": "About", "settings.navigation.0.path": "/about"}
    assert submit(browser, **added).status_int == 303
    added = {"settings.navigation.1.label": "Contact", "settings.navigation.1.path": "/contact"}
    assert submit(browser, **added).status_int == 303
    emptied = {"settings.navigation.0.label": "", "settings.navigation.0.path": ""}
    assert submit(browser, **emptied).status_int == 303
    links = one.api("admin").get("/api/features/website").json["settings"]["navigation"]
    assert links == [{"label": "Contact", "path": "/contact"}]


def test_an_error_in_a_row_is_told_at_its_cell(one):
    wrong = {"settings.navigation.0.label": "About", "settings.navigation.0.path": "about us"}
    answer = submit(one.signed_in("owner"), **wrong)
    assert answer.status_int == 422
    cell = answer.html.find(id="f-navigation-0-path")
    assert (cell["aria-invalid"], cell["value"]) == ("true", "about us")
    assert "You gave “about us”." in answer.html.find(id="f-navigation-0-path-e").text
    assert answer.html.find(role="alert").find("a", href="#f-navigation-0-path") is not None


def test_two_people_never_overwrite_each_other(one, text):
    _, path = text
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


def test_switching_off_what_another_feature_needs_names_it(installation, needing):
    browser = installation.tenant("one").signed_in("owner")
    assert "Guestbook" in browser.get(URL).html.find("dl").text
    answer = submit(browser, on=False)
    assert answer.status_int == 409
    assert answer.html.find(id="f-on-e").text == "Guestbook needs Website. Switch Guestbook off first."
    assert browser.get(URL).forms["feature"]["on"].checked is True


def test_the_page_needs_no_script_and_no_style_of_its_own(one):
    page = one.signed_in("owner").get(URL).text
    assert "<script" not in page
    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=\"", page)


def test_a_made_up_notice_says_nothing(one):
    page = one.signed_in("owner").get(f"{URL}?notice=You+have+won")
    assert page.html.find(role="status") is None
    assert "You have won" not in page.text


def test_a_setting_that_takes_what_is_offered_is_a_choice_of_it(one, two):
    browser = one.signed_in("owner")
    field = browser.get(URL).forms["feature"]["settings.theme"]
    assert {value for value, *_ in field.options} == {"harbour", "bay"}
    assert "Bay: bold and dense" in browser.get(URL).text
    assert submit(browser, **{"settings.theme": "bay"}).status_int == 303
    assert browser.get(URL).forms["feature"]["settings.theme"].value == "bay"
    assert two.signed_in("owner").get(URL).forms["feature"]["settings.theme"].value == "harbour"


def test_a_choice_that_is_no_longer_offered_stands_until_somebody_changes_it(installation, one, monkeypatch):
    browser = one.signed_in("owner")
    submit(browser, **{"settings.theme": "bay"})
    monkeypatch.delitem(installation.registry[THEMES], "bay")
    assert "bay (no longer there)" in browser.get(URL).text
    assert submit(browser, **{"settings.title": "Station"}).status_int == 303
    form = browser.get(URL).forms["feature"]
    assert (form["settings.theme"].value, form["settings.title"].value) == ("bay", "Station")
    assert submit(browser, **{"settings.theme": "harbour"}).status_int == 303
