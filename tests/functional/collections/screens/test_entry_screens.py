"""Writing an entry by screen: errors at their place, two people at once, links without script, versions, the trash."""

from __future__ import annotations

import itertools
import string

import pytest
from webtest import Upload

from tests.unit.files.pictures import picture

PIXEL = picture("PNG", (1, 1))
_CODES = ("".join(each) for each in itertools.product("QXZ", string.ascii_uppercase, string.ascii_uppercase))


@pytest.fixture
def code():
    """A code that no other test takes."""
    return next(_CODES)


def form_of(page):
    return page.forms["entry"]


def press(form, button):
    return form.submit("do", value=button, expect_errors=True)


def test_every_wrong_field_is_named_and_what_was_typed_stays(one, code):
    form = form_of(one.get("/airports/@@new"))
    form["values.iata"], form["values.latitude"], form["values.name"] = "pw", "422", "Perry"
    page = press(form, "save")
    assert page.status_int == 422
    assert [link["href"] for link in page.html.select("#errors a")] == [
        "#f-values-iata",
        "#f-values-latitude",
    ]
    form = form_of(page)
    assert (form["values.iata"].value, form["values.name"].value) == ("pw", "Perry")
    form["values.iata"], form["values.latitude"] = code, "42.5"
    page = press(form, "save").follow()
    assert page.html.h1.text == code
    assert form_of(page)["values.latitude"].value == "42.5000"


def test_a_unique_value_that_is_taken_is_said_at_its_field(one, code):
    one.entry(iata=code)
    form = form_of(one.get("/airports/@@new"))
    form["values.iata"] = code
    page = press(form, "save")
    assert page.status_int in (409, 422)
    assert page.html.find(id="f-values-iata")["aria-invalid"] == "true"


def test_a_unique_value_that_is_taken_is_said_when_an_entry_is_changed(one, two, code):
    other = f"{code[:2]}0"
    for tenant in (one, two):
        tenant.entry(iata=code)
    form = form_of(one.get(f"/airports/{one.entry(iata=other)}"))
    form["values.iata"], form["values.name"] = code, "Again"
    page = press(form, "save")
    assert page.status_int == 409
    assert page.html.find(id="f-values-iata")["aria-invalid"] == "true"
    assert form_of(page)["values.name"].value == "Again"
    assert one.get("/airports").status_int == 200


def test_saving_and_publishing_are_one_step_or_two(one, code):
    form = form_of(one.get("/airports/@@new"))
    form["values.iata"] = code
    page = press(form, "publish").follow()
    assert page.html.select_one(".head .tag").text == "Published"
    form = form_of(page)
    form["values.name"] = "Later"
    page = press(form, "save").follow()
    assert page.html.select_one(".head .tag").text == "Draft not published"
    assert press(form_of(page), "save").location.endswith("?notice=entry-same")


def test_who_comes_late_sees_both_versions_and_loses_nothing(one, code):
    path = f"/airports/{one.entry(iata=code, name='Begun', notes='Old.')}"
    early, late = form_of(one.get(path)), form_of(one.get(path))
    early["values.name"], early["values.notes"] = "Theirs", "New."
    press(early, "save")
    late["values.name"], late["values.latitude"] = "Mine", "1.5"
    page = press(late, "save")
    assert page.status_int == 412
    form = form_of(page)
    # What the late one had not touched is theirs already.
    assert form["values.notes"].value == "New."
    cells = [
        [cell.text.strip() for cell in row.find_all("td")[:2]]
        for row in page.html.select("#compared tbody tr")
    ]
    assert cells == [["Theirs", "Mine"], ["\N{EN DASH}", "1.5"]]
    form["theirs"] = ["name"]
    form = form_of(press(form, "save").follow())
    assert [form[f"values.{name}"].value for name in ("name", "notes", "latitude")] == [
        "Theirs",
        "New.",
        "1.5000",
    ]


def test_a_link_is_looked_for_without_script(one, code):
    ida = one.entry("countries", name=f"Idaland {code}")
    for number in range(55):
        one.entry("countries", name=f"Otherland {number}")
    form = form_of(one.get("/airports/@@new"))
    form["values.iata"], form["find.country"] = code, f"Idaland {code}"
    page = press(form, "find.country")
    form = form_of(page)
    assert [value for value, *_ in form["values.country"].options] == ["", ida]
    assert form["values.iata"].value == code
    form["values.country"] = ida
    page = press(form, "save").follow()
    assert form_of(page)["values.country"].value == ida
    assert f"Idaland {code}" in one.get(f"/airports?iata={code}&columns=iata,country").text


def test_a_link_that_leads_nowhere_is_refused(one, two, code):
    theirs = two.entry("countries", name="Theirs")
    form = form_of(one.get("/airports/@@new"))
    form["values.iata"] = code
    form["values.country"].force_value(theirs)
    page = press(form, "save")
    assert page.status_int == 422
    assert page.html.find(id="f-values-country")["aria-invalid"] == "true"
    assert "Theirs" not in page.text


def test_an_older_version_is_compared_and_restored(one, code):
    path = f"/airports/{one.entry(iata=code, name='First')}"
    form = form_of(one.get(path))
    form["values.name"] = "Second"
    press(form, "save")
    page = one.get(f"{path}/@@versions?from=1&to=2")
    assert [cell.text for cell in page.html.select("#compared td")] == ["First", "Second"]
    assert one.get(f"{path}/@@versions?from=7").status_int == 404
    restore = next(form for form in page.forms.values() if "version" in form.fields)
    assert restore.submit("to", value="1").status_int == 303
    assert form_of(one.get(path))["values.name"].value == "First"


def test_a_schedule_is_set_and_a_wrong_moment_is_told(one, code):
    path = f"/airports/{one.entry(iata=code)}"
    form = one.get(path).forms["schedule"]
    form["publish_at"] = "2100-01-31T08:00"
    page = form.submit().follow()
    assert "31 Jan 2100, 08:00 UTC" in page.text
    form = page.forms["schedule"]
    form["expire_at"] = "soon"
    page = form.submit(expect_errors=True)
    assert page.status_int == 422
    assert page.html.find(id="f-expire_at")["aria-invalid"] == "true"


def test_the_only_entry_of_a_collection_is_its_form(one):
    form = form_of(one.get("/home"))
    form["values.words"] = "Hello"
    assert press(form, "save").status_int == 303
    page = one.get("/home")
    assert form_of(page)["values.words"].value == "Hello"
    assert page.html.find("button", string="Move to trash") is None


def test_authors_edit_what_is_theirs_and_read_the_rest(one, code):
    path = f"/airports/{one.entry(iata=code)}"
    assert "You may view this entry but not edit it." in one.get(path, "author").text
    form = form_of(one.get(path))
    form["values.name"] = "Forged"
    token = form_of(one.get("/airports/@@new", "author"))["csrf_token"].value
    sent = {"csrf_token": token, "version": "1", "values.name": "Forged", "do": "save"}
    address = f"/admin/collections{path}"
    assert one.browser("author").post(address, sent, expect_errors=True).status_int == 403
    assert press(form, "save").status_int == 303


def test_viewers_have_no_administration(one, code):
    path = f"/airports/{one.entry(iata=code)}"
    for each in ("", "/airports", path):
        assert one.get(each, "viewer").status_int == 404
        assert one.get(each, "editor").status_int == 200


def test_what_another_tenant_has_answers_as_what_nobody_has(one, two, code):
    path = f"/airports/{one.entry(iata=code)}"
    assert one.get(path).status_int == 200
    for each in ("", "/@@versions"):
        theirs, nobodys = (
            two.get(path + each),
            two.get(f"/airports/{'0' * 8}-0000-7000-8000-{'0' * 12}{each}"),
        )
        assert theirs.status_int == nobodys.status_int == 404
        assert theirs.html.main.p.text == nobodys.html.main.p.text


def test_a_file_comes_along_with_the_form_if_rules_let_it(strict):
    def attempt(iata, role, content=PIXEL):
        form = form_of(strict.get("/airports/@@new", role))
        form["values.iata"], form["upload.photo"] = iata, Upload("field.png", content, "image/png")
        return press(form, "save")

    page = attempt("AAA", "editor").follow()
    (chosen,) = [text for value, on, text in form_of(page)["values.photo"].options if on]
    assert chosen == "field.png"
    refused = attempt("BBB", "editor", b"#!/bin/sh")
    assert refused.status_int == 422
    assert refused.html.find(id="f-values-photo")["aria-invalid"] == "true"
    strict.rule("""
@id("owners-add-files")
forbid(principal in Role::"editor", action in [Action::"create", Action::"view"], resource is File);
""")
    refused = attempt("BBB", "editor")
    assert refused.status_int == 422
    assert "You may not send files here." in refused.text
    assert attempt("BBB", "owner").status_int == 303
    # What one may not view has no name here.
    assert "field.png" not in strict.get("/airports?columns=iata,photo", "editor").text
    assert "field.png" in strict.get("/airports?columns=iata,photo").text


def test_a_link_to_a_collection_that_one_may_not_view_offers_nothing(strict):
    country = strict.entry("countries", name="Canada")
    airport = strict.entry(iata="YVR", country=country)
    path = f"/airports/{airport}"
    assert "Canada" in strict.get(path, "editor").text
    strict.rule("""
@id("no-countries")
forbid(principal in Role::"editor", action == Action::"view", resource == Collection::"countries");
""")
    assert "Canada" not in strict.get(path, "editor").text
    assert strict.get(f"/countries/{country}", "editor").status_int == 404
    assert "Canada" in strict.get(path).text
