"""Decisions by who, thing, rule and time; erased by whom they are about; and reached from the page of a refusal."""

import pytest

from tests.functional.policies.conftest import Person, current, decisions, flush, token_of, without


def ids(client, query):
    return [each["id"] for each in decisions(client, query)]


def test_they_are_filtered_by_who_thing_rule_and_time(one, two, page):
    viewer, editor = one.signed_in("viewer"), one.signed_in("editor")
    flush(one)
    editor.get("/admin/pages/secret-plan", status=200)
    one.visitor().get("/secret-plan", status=404)
    viewer.get("/admin", status=404)
    flush(one)
    api = one.api("admin")
    every = decisions(api)
    for query in (f"who={editor.person.id}", f"who={editor.person.email}"):
        assert {each["name"] for each in decisions(api, query)} == {editor.person.name}
    assert {each["account"] for each in decisions(api, "who=visitor")} == {None}
    assert decisions(api, "who=nobody@example.com") == []
    assert decisions(api, f"who={two.person('viewer').id}") == []
    pages = decisions(api, "type=Page&thing=/secret-plan")
    assert pages
    assert {each["resource"]["id"] for each in pages} == {"/secret-plan"}
    named = decisions(api, "rule=tenant:editors-open-the-administration")
    assert named
    assert all("tenant:editors-open-the-administration" in each["rules"] + each["unmet"] for each in named)
    middle = every[len(every) // 2]["time"]
    since, until = ids(api, f"time[gte]={middle}"), ids(api, f"time[lt]={middle}")
    assert not set(since) & set(until)
    assert {each["id"] for each in every} <= {*since, *until}
    for bad in ("answer=maybe", "action=fly", "time[gte]=yesterday", "what=x", "type=" + "x" * 501):
        api.get(f"/api/decisions?{bad}", status=400)


def test_a_filter_by_thing_finds_nothing_that_the_asker_may_not_view(one, owner, page):
    hidden = without(current(one).text, "admins-do-everything-but-change-the-policy") + (
        '@id("admins-look-at-decisions") permit(principal in Role::"admin", action == Action::"view", resource) '
        "unless { resource is Page };"
    )
    owner.post("/api/policy/publish", {"text": hidden}, match='"1"', status=200)
    one.visitor().get("/secret-plan", status=404)
    flush(one)
    assert ids(owner.client, "thing=/secret-plan")
    assert ids(one.api("admin"), "thing=/secret-plan") == ids(one.api("admin"), "thing=/no-such") == []


def test_what_is_recorded_about_somebody_is_erased_and_that_is_audited(one, two, owner):
    gone, stays = one.signed_in("viewer"), one.signed_in("editor")
    gone.get("/admin", status=404)
    stays.get("/admin", status=200)
    flush(one)
    mine = str(gone.person.id)
    api = one.api("admin")
    assert decisions(api, f"who={mine}")
    Person(one, "editor").post("/api/decisions/forget", {"account": mine}, status=404)
    Person(two).post("/api/decisions/forget", {"account": mine}, status=200)
    assert decisions(api, f"who={mine}")
    done = owner.post("/api/decisions/forget", {"account": mine}, status=200).json
    assert done["erased"] >= 1
    assert done["more"] is False
    assert decisions(api, f"who={mine}") == []
    assert decisions(api, f"who={stays.person.id}")
    one.installation.drain()
    trail = one.api("owner").get("/api/audit").json["data"]
    told = [entry for entry in trail if entry["event"] == "decisions.forgotten"]
    assert told[0]["payload"] == {"account": mine, "erased": done["erased"]}
    assert told[0]["actor"] == str(owner.client.person.id)
    for bad in ({"account": ""}, {"account": "visitor"}, {}):
        owner.post("/api/decisions/forget", bad, status=422)


def test_the_screen_erases_whom_the_filter_names(one):
    gone = one.signed_in("viewer")
    gone.get("/admin", status=404)
    flush(one)
    owner = one.signed_in("owner")
    assert "forget" not in owner.get("/admin/policy/decisions").forms
    form = owner.get(f"/admin/policy/decisions?who={gone.person.email}").forms["forget"]
    assert "are erased" in form.submit(status=303).follow().text
    assert decisions(one.api("admin"), f"who={gone.person.id}") == []
    editor = one.signed_in("editor")
    fields = {"csrf_token": token_of(editor, "/account/@@password"), "account": str(gone.person.id)}
    editor.post("/admin/policy/decisions/@@forget", fields, status=404)


def test_a_refusal_leads_whoever_may_look_to_its_decision_and_gives_others_its_number(one, page):
    api = one.api("author")
    told = api.post(f"/api/pages/{page.id}/publish", headers={"If-Match": "*"}, status=403)
    flush(one)
    number = told.json["decision"]
    assert number.startswith(told.headers["X-Request-ID"])
    assert one.api("admin").get(f"/api/decisions/{number}").json["allowed"] is False
    author = one.signed_in("author")
    form = {"csrf_token": token_of(author, "/account/@@password"), "version": page.version}
    shown = author.post("/admin/pages/secret-plan/publish", form, status=403)
    assert "/admin/policy/decisions/" not in shown.text
    assert shown.headers["X-Request-ID"] in shown.text
    admin = one.signed_in("admin")
    fields = {"csrf_token": token_of(admin), "draft": 0, "base": 1, "text": ""}
    shown = admin.post("/admin/policy/@@draft", fields, status=403)
    flush(one)
    assert "made by Setting" not in shown.text
    why = shown.click("Why this was refused")
    assert "admins-do-everything-but-change-the-policy" in why.text


@pytest.mark.parametrize("path", ["/api/pages/nothing", "/api/policy"])
def test_what_is_missing_tells_of_no_decision(one, path):
    assert "decision" not in one.api("viewer").get(path, status=404).json


def test_an_ordinary_token_erases_no_decisions(one):
    account = {"account": "00000000-0000-4000-8000-000000000000"}
    refused = one.api("owner").post_json("/api/decisions/forget", account, status=403).json
    assert "administration token" in refused["detail"]
    one.api("owner", elevated=True).post_json("/api/decisions/forget", account, status=200)
