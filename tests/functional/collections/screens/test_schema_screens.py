"""Declaring a collection and changing it by screen: rows that come and go, a plan, a tick for each loss."""

from __future__ import annotations

import uuid


def form_of(page):
    return page.forms["schema"]


def press(form, button):
    return form.submit("do", value=button, expect_errors=True)


def names(page):
    form = form_of(page)
    count = sum(name.endswith(".type") for name in form.fields if name)
    return [form[f"fields.{number}.name"].value for number in range(count)]


def declared(desk, *fields):
    name = f"things_{uuid.uuid4().hex[:8]}"
    desk.declare(name, {"title": "Things", "display": "{label}", "fields": list(fields)})
    return name


def test_rows_of_the_form_come_go_and_move_and_nothing_is_kept(one):
    before = one.get("").html.find_all("tr")
    form = form_of(one.get("/@@new"))
    form["title"], form["name"], form["fields.0.name"] = "Lights", "lights", "first"
    form["add"] = "integer"
    page = press(form, "add")
    assert page.status_int == 200
    form = form_of(page)
    assert form["title"].value == "Lights"
    assert form["fields.1.type"].value == "integer"
    form["fields.1.name"] = "second"
    page = press(form, "up.1")
    assert names(page) == ["second", "first"]
    page = press(form_of(page), "remove.0")
    assert names(page) == ["first"]
    assert one.get("").html.find_all("tr") == before


def test_a_wrong_field_is_named_with_its_place(one):
    form = form_of(one.get("/@@new"))
    form["title"], form["name"] = "Lights", "lights"
    form["fields.0.name"], form["fields.0.pattern"] = "1st", "("
    page = press(form, "save")
    assert page.status_int == 422
    links = [link["href"] for link in page.html.select("#errors a")]
    assert "#f-fields-0-name" in links
    assert page.html.find(id="f-fields-0-name")["aria-invalid"] == "true"
    assert one.get("/lights").status_int == 404


def test_a_collection_is_declared_and_its_name_is_taken_then(one):
    name = f"lights_{uuid.uuid4().hex[:8]}"
    for status in (303, 409):
        form = form_of(one.get("/@@new"))
        form["title"], form["name"], form["fields.0.name"] = "Lights", name, "label"
        assert press(form, "save").status_int == status
    assert "Lights" in one.get("").html.find(id="nav").text


def test_a_loss_is_confirmed_before_the_plan_is_applied(one):
    name = declared(one, {"name": "label", "type": "text"}, {"name": "notes", "type": "text"})
    one.entry(name, label="A", notes="Lost soon.")
    page = press(form_of(one.get(f"/{name}/@@schema")), "remove.1")
    planned = press(form_of(page), "save")
    assert planned.status_int == 303
    page = planned.follow()
    assert "notes: " in page.text
    assert "1 entry has a value." in page.text
    refused = page.forms["apply"].submit("do", value="apply", expect_errors=True)
    assert refused.status_int == 403
    assert "Not applied" in refused.text
    form = refused.forms["apply"]
    form["confirmed"] = ["notes"]
    page = form.submit("do", value="apply").follow()
    assert page.html.select_one(".head .tag").text == "Applied"
    assert names(one.get(f"/{name}/@@schema")) == ["label"]
    assert one.get(f"/{name}/@@schema/plans/{uuid.uuid4()}").status_int == 404


def test_a_plan_that_is_given_up_changes_nothing(one):
    name = declared(one, {"name": "label", "type": "text"})
    form = form_of(one.get(f"/{name}/@@schema"))
    form["fields.0.required"] = True
    page = press(form, "save").follow()
    page = page.forms["apply"].submit("do", value="cancel").follow()
    assert page.html.select_one(".head .tag").text == "Given up"
    assert "apply" not in page.forms
    assert form_of(one.get(f"/{name}/@@schema"))["fields.0.required"].checked is False


def test_a_schema_that_moved_on_is_told_and_the_form_is_kept(one):
    name = declared(one, {"name": "label", "type": "text"})
    late = form_of(one.get(f"/{name}/@@schema"))
    form = form_of(one.get(f"/{name}/@@schema"))
    form["description"] = "Theirs."
    press(form, "save").follow().forms["apply"].submit("do", value="apply")
    late["description"] = "Mine."
    page = press(late, "save")
    assert page.status_int == 412
    assert form_of(page)["description"].value == "Mine."


def test_a_collection_is_deleted_once_its_name_is_typed(one):
    name = declared(one, {"name": "label", "type": "text"})
    form = one.get(f"/{name}/@@delete").forms["delete"]
    assert form.submit(expect_errors=True).status_int == 422
    form["name"] = name
    assert form.submit().status_int == 303
    assert one.get(f"/{name}").status_int == 404


def test_editors_do_not_touch_schemas(one):
    name = declared(one, {"name": "label", "type": "text"})
    for path in ("/@@new", f"/{name}/@@schema", f"/{name}/@@delete"):
        assert one.get(path, "editor").status_int == 403
    page = one.get(f"/{name}", "editor")
    assert page.html.find("a", string="Schema") is None
    assert one.get(f"/{name}").html.find("a", string="Schema") is not None
    # Not even the form of somebody who may.
    form = form_of(one.get(f"/{name}/@@schema"))
    token = one.get(f"/{name}/@@new", "editor").forms["entry"]["csrf_token"].value
    sent = [(key, token if key == "csrf_token" else value) for key, value in form.submit_fields()]
    answer = one.browser("editor").post(f"/admin/collections/{name}/@@schema", sent, expect_errors=True)
    assert answer.status_int == 403


def test_what_another_tenant_has_answers_as_missing(one, two):
    name = declared(one, {"name": "label", "type": "text"})
    for path in ("", "/@@schema", "/@@delete", "/@@new", "/@@import"):
        assert two.get(f"/{name}{path}").status_int == 404
        assert one.get(f"/{name}{path}").status_int == 200
