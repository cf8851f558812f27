"""Many entries by screen: found, filtered, sorted, paged, done with in bulk, thrown away, taken in and written out."""

from __future__ import annotations

import itertools
import string

import pytest
from webtest import Upload

_CODES = ("".join(each) for each in itertools.product("QXZ", string.ascii_uppercase, string.ascii_uppercase))


@pytest.fixture
def codes(one):
    """Three codes of entries that no other test has, with their ids."""
    found = [next(_CODES) for _ in range(3)]
    ids = [
        one.entry(iata=code, name=f"Field {code}", latitude=f"{number}.5000")
        for number, code in enumerate(found)
    ]
    return dict(zip(found, ids, strict=True))


def rows(page):
    return [row.th.a.text for row in page.html.select("#list tbody tr")]


def query(codes, **more):
    return "&".join([f"iata[in]={','.join(codes)}", *(f"{name}={value}" for name, value in more.items())])


def tick(form, *ids):
    for box in form.fields["id"]:
        box.checked = box._value.partition(".")[0] in ids  # WebTest has no other way


def test_entries_are_found_filtered_and_sorted_by_address(one, codes):
    first, second, third = codes
    assert rows(one.get(f"/airports?{query(codes)}")) == [first, second, third]
    assert rows(one.get(f"/airports?{query(codes, sort='-latitude')}")) == [third, second, first]
    assert rows(one.get(f"/airports?q={second}")) == [second]
    page = one.get(f"/airports?{query(codes, sort='-latitude')}")
    assert page.html.select_one("th[aria-sort=descending]").text.strip().startswith("latitude")
    assert rows(one.get("/airports?q=nowhere-at-all")) == []
    assert "Nothing matches" in one.get("/airports?q=nowhere-at-all").text


def test_the_form_adds_a_filter_to_the_address(one, codes):
    form = one.get(f"/airports?{query(codes)}").forms["filter"]
    form["add"], form["op"], form["value"] = "latitude", "gte", "1"
    page = form.submit().follow()
    assert rows(page) == list(codes)[1:]
    chip = next(chip for chip in page.html.select(".chip") if "latitude at least" in chip.text)
    assert rows(one.browser().get(chip.a["href"])) == list(codes)


def test_what_cannot_be_asked_is_said_and_kept(one):
    page = one.get("/airports?nothing=1")
    assert page.status_int == 400
    assert page.html.select_one(".chip.wrong").text.startswith("nothing is 1")
    assert "There is no field nothing" in page.html.find(role="alert").text


def test_a_long_list_goes_on_by_link(one, codes):
    page = one.get(f"/airports?{query(codes)}&limit=2")
    assert rows(page) == list(codes)[:2]
    page = one.browser().get(page.html.find("a", rel="next")["href"])
    assert rows(page) == list(codes)[2:]
    assert page.html.find("a", string="First page") is not None


def test_all_selected_are_published_or_none(one, codes):
    first, second, third = codes.values()
    form = one.get(f"/airports?{query(codes)}").forms["entries"]
    tick(form, first, second)
    assert form.submit("do", value="publish").location.endswith("?notice=entries-publish")
    page = one.get(f"/airports?{query(codes)}")
    assert [tag.text for tag in page.html.select("#list td .tag")] == ["Published", "Published", "Draft"]
    # Meanwhile somebody changes one of them.
    late = page.forms["entries"]
    other = one.get(f"/airports/{third}").forms["entry"]
    other["values.name"] = "Changed"
    other.submit("do", value="save")
    tick(late, first, third)
    assert late.submit("do", value="trash", expect_errors=True).status_int == 412
    assert len(rows(one.get(f"/airports?{query(codes)}"))) == 3


def test_the_trash_restores_and_deletes_for_good_once_confirmed(one, codes):
    first, second, _ = codes.values()
    form = one.get(f"/airports?{query(codes)}").forms["entries"]
    tick(form, first, second)
    form.submit("do", value="trash")
    assert len(rows(one.get(f"/airports?{query(codes)}"))) == 1
    assert "This entry lies in the trash." in one.get(f"/airports/{first}").text
    form = one.get("/airports/@@trash").forms["trash"]
    tick(form, first)
    form.submit("do", value="restore")
    form = one.get("/airports/@@trash").forms["trash"]
    tick(form, second)
    page = form.submit("do", value="purge")
    assert one.get(f"/airports/{second}").status_int == 200
    page.forms["purge"].submit("do", value="purge")
    assert one.get(f"/airports/{second}").status_int == 404
    assert len(rows(one.get(f"/airports?{query(codes)}"))) == 2


def test_what_moved_on_in_the_trash_is_left_as_it_is(one, codes):
    first, *_ = codes.values()

    def throw_away():
        form = one.get(f"/airports?{query(codes)}").forms["entries"]
        tick(form, first)
        form.submit("do", value="trash")

    throw_away()
    listed, opened = one.get("/airports/@@trash").forms["trash"], one.get(f"/airports/{first}").forms
    alone = next(form for form in opened.values() if form.action.endswith("@@restore"))
    tick(listed, first)
    doomed = listed.submit("do", value="purge").forms["purge"]
    alone.submit()
    throw_away()
    # It was restored and thrown away again behind the backs of those who have these pages open.
    for answer in (
        listed.submit("do", value="restore", expect_errors=True),
        doomed.submit("do", value="purge", expect_errors=True),
        alone.submit(expect_errors=True),
    ):
        assert answer.status_int == 412
    assert "This entry lies in the trash." in one.get(f"/airports/{first}").text


def test_an_import_is_tried_before_anything_is_kept(one):
    good, bad = next(_CODES), next(_CODES)
    lines = f"iata,latitude\n{good},1.5\n{bad},north\n"
    form = one.get("/airports/@@import").forms["import"]
    form["file"] = Upload("airports.csv", lines.encode(), "text/csv")
    page = form.submit("do", value="try")
    assert "1 entry would be made, 1 of 2 lines would be refused" in page.html.find(role="status").h2.text
    assert "Line 3, latitude" in page.text
    assert rows(one.get(f"/airports?iata={good}")) == []
    # What was tried is held by the form.
    form = page.forms["import"]
    refused = form.submit("do", value="import", expect_errors=True)
    assert refused.status_int == 422
    assert rows(one.get(f"/airports?iata={good}")) == []
    form = refused.forms["import"]
    form["some"] = True
    assert "1 entry made" in form.submit("do", value="import").text
    assert rows(one.get(f"/airports?iata={good}")) == [good]


def test_an_export_has_what_the_list_has(one, codes):
    link = one.get(f"/airports?{query(codes, sort='-latitude')}").html.find("a", string="Export…")
    form = one.browser().get(link["href"]).forms["export"]
    for box in form.fields["fields"]:
        box.checked = box._value in {"iata", "latitude"}  # WebTest has no other way
    answer = form.submit()
    assert answer.content_disposition == 'attachment; filename="airports.csv"'
    lines = [line.split(",")[4:] for line in answer.text.splitlines()]
    assert lines == [
        ["iata", "latitude"],
        *([code, f"{2 - n}.5000"] for n, code in enumerate(reversed(codes))),
    ]
    assert one.get("/airports/@@export", "author").status_int == 403


def test_a_bulk_of_another_tenant_finds_nothing(one, two, codes):
    own = two.entry(iata=next(_CODES))
    form = two.get("/airports").forms["entries"]
    tick(form, own)
    sent = [(name, value) for name, value in form.submit_fields() if name != "id"]
    for id_ in (next(iter(codes.values())), "00000000-0000-7000-8000-000000000000"):
        answer = two.browser().post(
            "/admin/collections/airports/@@bulk",
            [*sent, ("id", f"{own}.1"), ("id", f"{id_}.1"), ("do", "trash")],
            expect_errors=True,
        )
        assert answer.status_int == 404
    assert two.get(f"/airports/{own}").html.find("button", string="Move to trash") is not None


def test_a_hidden_field_is_nowhere_on_the_screens(strict):
    strict.rule("""
@id("notes-are-for-owners")
forbid(principal in Role::"editor", action == Action::"view", resource == Field::"airports.notes");
""")
    id_ = strict.entry(iata="AAA", name="Field", notes="Older words.")
    form = strict.get(f"/airports/{id_}").forms["entry"]
    form["values.notes"] = "Hidden words."
    form.submit("do", value="save")
    paths = (
        "/airports?columns=iata,notes",
        f"/airports/{id_}",
        f"/airports/{id_}/@@versions",
        "/airports/@@new",
    )
    for path in (*paths, "/airports/@@export", "/airports/@@import"):
        assert "notes" in strict.get(path).text
        page = strict.get(path, "editor")
        assert page.status_int == 200
        assert "notes" not in page.html.main.text
        assert "Hidden words." not in page.text
    asked, unknown = (strict.get(f"/airports?{name}=x", "editor") for name in ("notes", "nobody"))
    assert (asked.status_int, unknown.status_int) == (400, 400)
    answers = [page.text.replace(name, "NAME") for page, name in ((asked, "notes"), (unknown, "nobody"))]
    assert [answer.count("There is no field NAME") for answer in answers] == [1, 1]
    assert "Hidden" not in strict.get("/airports/@@export?format=csv&stage=draft", "editor").text
    assert "Hidden" in strict.get("/airports/@@export?format=csv&stage=draft").text


def test_a_field_one_may_not_edit_is_shown_with_the_rule(strict):
    strict.rule("""
@id("codes-are-given-by-owners")
forbid(principal in Role::"editor", action == Action::"edit", resource == Field::"airports.iata");
""")
    id_ = strict.entry(iata="AAA", name="Field")
    page = strict.get(f"/airports/{id_}", "editor")
    form = page.forms["entry"]
    assert "values.iata" not in form.fields
    assert "codes-are-given-by-owners" in page.text
    form["values.name"] = "Changed"
    sent = [*form.submit_fields(), ("values.iata", "BBB"), ("do", "save")]
    strict.browser("editor").post(f"/admin/collections/airports/{id_}", sent)
    form = strict.get(f"/airports/{id_}").forms["entry"]
    assert (form["values.iata"].value, form["values.name"].value) == ("AAA", "Changed")
