"""The tenant's own test cases: asked of every draft, and no policy that fails one is published."""

import uuid

import pytest

from insula.accounts.interfaces import Accounts
from insula.policies.places import sees_of
from insula.security.interfaces import MAX_TESTS, PolicyTestCase, PolicyTests
from tests.functional.policies.conftest import Person, current, decisions, flush, token_of, without
from tests.speed import spent, yardstick

NEWS = {
    "name": "Editors publish the plan",
    "roles": ["editor"],
    "action": "publish",
    "on": "/secret-plan",
    "expected": "allow",
}


def add(person, **changes):
    return person.post("/api/policy/tests", {**NEWS, **changes}, status=201).json


def test_a_policy_that_fails_a_case_is_refused_with_the_case_and_the_rules(one, two, owner, page):
    add(owner)
    text = current(one).text
    forbidding = (
        text + '@id("no-publishing") forbid(principal, action == Action::"publish", resource is Page);'
    )
    told = owner.post("/api/policy/publish", {"text": forbidding}, match='"1"', status=422).json
    assert told["errors"][0]["path"] == "tests.Editors publish the plan"
    assert "expects allow" in told["errors"][0]["detail"]
    assert "tenant:no-publishing" in told["errors"][0]["detail"]
    assert current(one).number == 1
    checked = one.api("admin").post_json("/api/policy/check", {"text": forbidding}).json
    assert checked["publishable"] is False
    Person(two).post("/api/policy/publish", {"text": forbidding}, match='"1"', status=200)
    owner.post("/api/policy/publish", {"text": text + "// good"}, match='"1"', status=200)


def test_cases_are_run_on_what_is_in_force_on_a_text_and_on_the_draft(one, owner, page):
    add(owner)
    add(owner, name="Visitors do not see it", roles=[], action="view", expected="deny")
    add(owner, name="Wrong", roles=["viewer"], expected="allow")
    told = one.api("admin").post_json("/api/policy/tests/run", {}).json
    assert (told["passed"], told["failed"]) == (2, 1)
    wrong = next(each for each in told["data"] if each["name"] == "Wrong")
    assert (wrong["answer"], wrong["expected"], wrong["passed"]) == ("deny", "allow", False)
    open_ = without(current(one).text, "visitors-view-published-pages")
    open_ += '@id("all-pages") permit(principal, action == Action::"view", resource is Page);'
    told = owner.post("/api/policy/tests/run", {"text": open_}, status=200).json
    visitors = next(each for each in told["data"] if each["name"] == "Visitors do not see it")
    assert (visitors["answer"], visitors["rules"]) == ("allow", ["tenant:all-pages"])
    one.api("editor").post_json("/api/policy/tests/run", {}, status=404)


def test_a_case_is_read_changed_and_removed_with_its_etag(one, two, owner, page):
    made = add(owner)
    path = f"/api/policy/tests/{made['id']}"
    read = owner.get(path)
    owner.client.get(path, headers={"If-None-Match": read.headers["ETag"]}, status=304)
    stranger = Person(two)
    stranger.get(path, status=404)
    headers = {"X-CSRF-Token": stranger.token, "If-Match": read.headers["ETag"]}
    stranger.client.delete(path, headers=headers, status=404)
    headers["X-CSRF-Token"] = owner.token
    changed = owner.client.put_json(path, {**NEWS, "name": "Other"}, headers=headers)
    assert changed.json["name"] == "Other"
    owner.client.put_json(path, NEWS, headers=headers, status=412)
    owner.client.delete(path, headers={"X-CSRF-Token": owner.token}, status=428)
    headers["If-Match"] = changed.headers["ETag"]
    owner.client.delete(path, headers=headers, status=204)
    owner.get(path, status=404)
    owner.get(f"/api/policy/tests/{uuid.uuid4()}", status=404)
    assert owner.get("/api/policy/tests").json["data"] == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"roles": ["edtor"]}, "roles"),
        ({"on": "/nowhere"}, "on"),
        ({"action": "fly"}, "action"),
        ({"expected": "maybe"}, "expected"),
        ({"name": ""}, "name"),
        ({"roles": [], "account": "nobody@example.com"}, "account"),
        ({"ip": "x"}, "ip"),
        ({"text": "x"}, "text"),
    ],
)
def test_a_case_that_cannot_be_asked_is_refused_with_its_place(one, owner, page, changes, path):
    told = owner.post("/api/policy/tests", {**NEWS, **changes}, status=422).json
    assert told["errors"][0]["path"] == path


def test_a_case_without_a_name_is_told_so(one, two):
    owner = one.signed_in("owner")
    form = owner.get("/admin/policy/tests/@@new").forms["test"]
    form["name"], form["on"] = "  ", 'Area::"api"'
    assert "Give the case a name." in form.submit(status=422).text
    form["name"] = "Named"
    form.submit(status=303)


def test_an_account_is_shown_and_typed_by_its_email_and_hidden_from_those_who_may_not_view_it(
    one, two, owner
):
    account = one.person("editor")
    kept = add(owner, roles=[], account=str(account.id), action="view", on='Area::"api"')
    listed = owner.client.get("/admin/policy/tests")
    assert account.email in listed.text
    assert str(account.id) not in listed.text
    form = listed.click(NEWS["name"]).forms["test"]
    assert form["account"].value == account.email
    form.submit(status=303)
    assert owner.get(f"/api/policy/tests/{kept['id']}").json["account"] == str(account.id)
    hidden = current(one).text + (
        '@id("no-people") forbid(principal in Role::"admin", action, resource is Account);'
    )
    owner.post("/api/policy/publish", {"text": hidden}, match='"1"', status=200)
    assert account.email not in one.signed_in("admin").get("/admin/policy/tests").text


def test_names_are_unique_and_there_are_only_so_many(one, two, owner, page):
    add(owner)
    owner.post("/api/policy/tests", NEWS, status=409)
    with one.work() as work:
        tests = work.find_service(PolicyTests)
        for number in range(MAX_TESTS - 1):
            tests.add(PolicyTestCase(f"Case {number}", "view", 'Area::"site"', True, ("editor",)), None)
    owner.post("/api/policy/tests", {**NEWS, "name": "One more"}, status=409)
    with two.work(writing=False) as work:
        assert work.find_service(PolicyTests).all() == []


def test_who_may_not_edit_the_policy_keeps_no_cases(one, page):
    Person(one, "admin").post("/api/policy/tests", NEWS, status=403)
    Person(one, "editor").post("/api/policy/tests", NEWS, status=404)
    one.api("owner").post_json("/api/policy/tests", NEWS, status=403)
    one.visitor().get("/api/policy/tests", status=401)


def test_a_case_whose_thing_or_account_is_gone_fails_and_says_so(one, owner):
    with one.work() as work:
        tests = work.find_service(PolicyTests)
        tests.add(PolicyTestCase("A thing", "view", "/gone", True, ("editor",)), None)
        tests.add(PolicyTestCase("Hers", "view", 'Area::"api"', True, account=str(uuid.uuid4())), None)
    told = owner.post("/api/policy/tests/run", {}).json["data"]
    assert {each["answer"] for each in told} == {None}
    assert "nothing at /gone" in told[0]["why"]
    assert "no such account" in told[1]["why"]
    owner.post("/api/policy/publish", {"text": current(one).text}, match='"1"', status=422)


def test_an_owner_makes_a_case_of_a_decision_and_of_a_request_that_was_tried(one, page):
    one.api("viewer").get("/api/streams")
    flush(one)
    owner = one.signed_in("owner")
    number = decisions(one.api("admin"))[0]["id"]
    form = owner.get(f"/admin/policy/decisions/{number}").click("Make a test case of this").forms["test"]
    assert (form["on"].value, form["expected"].value) == ('Area::"api"', "allow")
    form["name"] = "The API is open"
    listed = form.submit(status=303).follow()
    assert "The API is open" in listed.text
    assert "passes" in listed.text
    tried = owner.get("/admin/policy/@@try?who=viewer&action=edit&on=/secret-plan")
    form = tried.click("Make a test case of this").forms["test"]
    assert (form["who"].value, form["expected"].value) == ("viewer", "deny")
    form["name"] = "Viewers leave it alone"
    form.submit(status=303)
    shown = owner.get("/admin/policy/tests").click("Viewers leave it alone")
    form = shown.forms["test"]
    form["expected"] = "allow"
    assert "fails" in form.submit(status=303).follow().text
    gone = owner.get("/admin/policy/tests").click("Viewers leave it alone").forms["remove"]
    assert "The test case is gone" in gone.submit(status=303).follow().text
    assert "Make a test case" not in one.signed_in("admin").get(f"/admin/policy/decisions/{number}").text


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(one, two):
    owner = one.signed_in("owner")
    form = owner.get("/admin/policy/tests/@@new").forms["test"]
    form["name"], form["on"] = "Mine <b>", "/nowhere"
    shown = form.submit(status=422)
    assert "There is nothing at /nowhere" in shown.text
    assert shown.forms["test"]["name"].value == "Mine <b>"
    admin = one.signed_in("admin")
    admin.get("/admin/policy/tests/@@new", status=403)
    admin.post("/admin/policy/tests/@@new", {"csrf_token": token_of(admin)}, status=403)
    with one.work() as work:
        made = work.find_service(PolicyTests).add(
            PolicyTestCase("x", "view", 'Area::"api"', True, ("viewer",)), None
        )
    two.signed_in("owner").get(f"/admin/policy/tests/{made.id}", status=404)


def test_two_hundred_cases_are_asked_while_somebody_waits(one, page):
    with one.work() as work:
        tests = work.find_service(PolicyTests)
        for number in range(MAX_TESTS):
            place = "/secret-plan" if number % 2 else f'Page::"/part-{number}"'
            tests.add(
                PolicyTestCase(f"Case {number}", "view", place, True, ("editor",), ip="192.0.2.1"), None
            )
    text = current(one).text
    with one.work(writing=False) as work:
        tests = work.find_service(PolicyTests)
        sees = sees_of(work)
        tests.run(text, {}, sees=sees)
        assert spent(lambda: tests.run(text, {}, sees=sees)) < 15 * yardstick()


def test_no_draft_asks_after_what_its_author_may_not_view(one, two, owner, page):
    with one.work(writing=False) as work:
        hers = work.find_service(Accounts).by_id(owner.client.person.id).email
    add(owner, name="By name", on='Page::"/secret-plan"')
    add(owner, name="By address")
    add(owner, name="Never there", on='Page::"/never-there"')
    add(owner, name="Somebody", roles=[], account=hers, on='Setting::"policy"')
    hidden = without(current(one).text, "admins-do-everything-but-change-the-policy") + (
        '@id("admins-look") permit(principal in Role::"admin", action, resource in Setting::"policy");'
    )
    owner.post("/api/policy/publish", {"text": hidden}, match='"1"', status=200)
    admin = Person(one, "admin")

    def answers(person, rule):
        told = person.post("/api/policy/tests/run", {"text": hidden + rule}, status=200).json["data"]
        return {each["name"]: (each["answer"], each["rules"]) for each in told}

    def checked(person, rule):
        return person.post("/api/policy/check", {"text": hidden + rule}, status=200).json

    drafts = [
        f'@id("has") forbid(principal, action, resource) when {{ {condition} }};'
        for condition in (
            "resource is Page && resource has published",
            "!(resource is Page && resource has published)",
        )
    ]
    asked = [answers(admin, rule) for rule in drafts]
    for each in asked:
        assert each["By name"] == each["Never there"]
        assert each["By address"] == each["Somebody"] == (None, [])
    mine = [answers(owner, rule) for rule in drafts]
    assert mine[0]["By name"] == mine[0]["By address"] != mine[0]["Never there"]
    # Somebody who publishes gets the verdict on everything; who only checks, on what they see.
    flaws = [checked(person, drafts[0])["flaws"] for person in (admin, owner)]
    told = [{flaw["rule"]: flaw["message"] for flaw in each if "tests." in flaw["rule"]} for each in flaws]
    assert "tests.By name" not in told[0]
    assert "tenant:has" in told[1]["tests.By name"]
