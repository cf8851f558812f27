"""Recorded decisions: what is kept, who may read it, and why each was made."""

import pytest

from insula.records.interfaces import StoreUnavailable, store_of
from insula.security.decisions import recorder_of
from insula.website.interfaces import Pages
from tests.functional.policies.conftest import NETWORK, Person, current, decisions, flush, without
from tests.services.ports import wait_until


def test_an_enforced_decision_is_recorded_with_what_it_rested_on(one, two, page):
    editor = one.signed_in("editor")
    answer = editor.get("/admin/pages/secret-plan")
    flush(one)
    found = {each["id"]: each for each in decisions(one.api("admin"))}
    mine = [each for number, each in found.items() if number.startswith(answer.headers["X-Request-ID"])]
    assert len(mine) == 1
    assert mine[0]["resource"] == {"type": "Page", "id": "/secret-plan"}
    assert (mine[0]["name"], mine[0]["roles"], mine[0]["scheme"]) == ("Editor", ["editor"], "session")
    assert (mine[0]["action"], mine[0]["allowed"], mine[0]["weight"]) == ("view", True, 1)
    assert mine[0]["rules"] == ["tenant:editors-work-on-pages"]
    assert (mine[0]["version"], mine[0]["ip"]) == (1, "192.0.2.1")
    assert (mine[0]["method"], mine[0]["path"]) == ("GET", "/admin/pages/secret-plan")
    assert decisions(two.api("admin")) == []


def test_questions_for_lists_and_buttons_are_not_recorded(one):
    owner = one.signed_in("owner")
    flush(one)
    owner.get("/admin")
    assert flush(one) == 1


def test_they_are_filtered_and_paged_and_a_cursor_is_good_for_its_filter_only(one, two):
    for _ in range(4):
        one.api("viewer").get("/api/streams", status=200)
        one.api("viewer").post_json("/api/streams", {}, status=403)
    two.api("viewer").get("/api/streams")
    flush(one)
    api = one.api("admin")
    whole = decisions(api)
    assert len(whole) == 8
    assert {each["allowed"] for each in decisions(api, "answer=deny&limit=1")} == {False}
    assert len(decisions(api, "answer=deny&limit=3")) == 4
    assert {each["action"] for each in decisions(api, "action=view")} == {"view"}
    assert [each["id"] for each in decisions(api, "limit=3")] == [each["id"] for each in whole]
    after = api.get("/api/decisions?limit=2").json["after"]
    api.get(f"/api/decisions?limit=2&answer=deny&after={after}", status=400)
    two.api("admin").get(f"/api/decisions?after={after}", status=400)
    one.api("owner").get(f"/api/decisions?after={after}", status=400)
    for bad in ("limit=0", "limit=x", "action=fly", "answer=maybe", "who=ann"):
        api.get(f"/api/decisions?{bad}", status=400)


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("editor", 404), ("viewer", 404)]
)
def test_who_may_view_decisions_reads_them_and_for_others_they_are_missing(one, role, status):
    one.api("viewer").get("/api/streams")
    flush(one)
    number = decisions(one.api("owner"))[0]["id"]
    one.api(role).get("/api/decisions", status=status)
    one.api(role).get(f"/api/decisions/{number}", status=status)
    browser = one.signed_in(role)
    browser.get("/admin/policy/decisions", status=status)
    browser.get(f"/admin/policy/decisions/{number}", status=status)


def test_a_refusal_is_explained_by_the_rule_and_what_it_read(one, owner):
    text = current(one).text + NETWORK
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=200)
    number = one.api("viewer").get("/api/streams", status=404).headers["X-Request-ID"]
    flush(one)
    owner.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    told = owner.get(f"/api/decisions/{number}-1").json
    assert (told["allowed"], told["version"]) == (False, 2)
    assert [rule["name"] for rule in told["rules"]] == ["tenant:api-from-the-office-only"]
    assert told["rules"][0]["text"].startswith('@id("api-from-the-office-only")')
    assert told["rules"][0]["line"] == len(text.splitlines()) - 2
    assert told["inputs"] == [
        {
            "rule": "tenant:api-from-the-office-only",
            "name": "context.ip",
            "state": "known",
            "value": "192.0.2.1",
        }
    ]
    assert told["reason"] == "The API answers from the office only."
    shown = owner.get(f"/admin/policy/decisions/{number}-1").text
    assert "api-from-the-office-only" in shown
    assert "192.0.2.1" in shown


def test_a_refusal_without_a_rule_names_those_that_could_have_allowed_it(one, page):
    number = (
        one.api("author")
        .patch_json(f"/api/pages/{page.id}", {}, headers={"If-Match": "*"}, status=403)
        .headers["X-Request-ID"]
    )
    flush(one)
    told = one.api("admin").get(f"/api/decisions/{number}-1").json
    assert told["rules"] == []
    assert "tenant:authors-edit-their-own-pages" in [rule["name"] for rule in told["near"]]
    read = {each["name"]: each for each in told["inputs"] if "own-pages" in each["rule"]}
    assert read["resource.author"]["state"] == "missing"


def test_an_explanation_hides_what_the_asker_may_not_view(one, owner, page):
    hidden = without(current(one).text, "admins-do-everything-but-change-the-policy") + (
        '@id("admins-look-at-decisions") permit(principal in Role::"admin", action == Action::"view", resource) '
        "unless { resource is Page };"
    )
    owner.post("/api/policy/publish", {"text": hidden}, match='"1"', status=200)
    number = one.visitor().get("/secret-plan", status=404).headers["X-Request-ID"]
    flush(one)
    seen = owner.get(f"/api/decisions/{number}-1").json
    assert seen["resource"] == {"type": "Page", "id": "/secret-plan"}
    assert {"known"} == {each["state"] for each in seen["inputs"] if each["name"] == "resource.published"}
    admin = one.api("admin")
    answers = [
        admin.get(f"/api/decisions/{number}-1"),
        admin.get("/api/decisions"),
        admin.post_json("/api/policy/dry-run", {"text": without(hidden, "owners-do-everything")}),
        one.signed_in("admin").get(f"/admin/policy/decisions/{number}-1"),
        one.signed_in("admin").get("/admin/policy/decisions"),
    ]
    assert not [answer for answer in answers if "secret-plan" in answer.text]
    told = answers[0].json
    assert told["resource"] is None
    published = [each for each in told["inputs"] if each["name"] == "resource.published"]
    assert [(each["state"], each["value"]) for each in published] == [("withheld", None)] * len(published)
    assert published


def test_what_a_rule_refused_is_named_to_whoever_may_publish_another(one, owner, page):
    rule = '@id("no-pages") @reason("Nobody looks at pages.") forbid(principal, action, resource is Page);'
    owner.post("/api/policy/publish", {"text": current(one).text + rule}, match='"1"', status=200)
    number = one.visitor().get("/secret-plan?x=1", status=404).headers["X-Request-ID"]
    flush(one)
    told = owner.get(f"/api/decisions/{number}-1").json
    assert told["resource"] == {"type": "Page", "id": "/secret-plan"}
    assert told["decision"]["path"] == "/secret-plan"
    assert owner.get("/api/decisions?type=Page&thing=/secret-plan").json["data"]
    for path in ("", f"/{number}-1"):
        shown = owner.client.get(f"/admin/policy/decisions{path}").text
        assert "GET <code>/secret-plan</code>" in shown
        assert "They read" not in shown
        theirs = one.signed_in("admin").get(f"/admin/policy/decisions{path}").text
        assert "secret-plan" not in theirs
        assert "secret-plan" not in one.api("admin").get(f"/api/decisions{path}").text
    assert "They did not read it" in owner.client.get(f"/admin/policy/decisions/{number}-1").text


def test_what_rules_read_of_it_stays_with_those_who_may_view_it(one, owner, page):
    rule = '@id("no-published") forbid(principal, action, resource is Page) when { resource.published == false };'
    owner.post("/api/policy/publish", {"text": current(one).text + rule}, match='"1"', status=200)
    number = one.visitor().get("/secret-plan", status=404).headers["X-Request-ID"]
    flush(one)
    told = owner.get(f"/api/decisions/{number}-1").json
    assert told["resource"] == {"type": "Page", "id": "/secret-plan"}
    assert [each["state"] for each in told["inputs"] if each["name"] == "resource.published"] == ["withheld"]


def test_a_made_up_request_about_what_one_may_not_view_is_answered_as_about_nothing(one, owner, page):
    hidden = without(current(one).text, "admins-do-everything-but-change-the-policy") + (
        '@id("admins-look") permit(principal in Role::"admin", action == Action::"view", resource) '
        "unless { resource is Page };"
    )
    owner.post("/api/policy/publish", {"text": hidden}, match='"1"', status=200)
    admin = one.api("admin")

    def ask(name):
        body = {"roles": ["editor"], "action": "view", "resource": {"type": "Page", "id": name}}
        return admin.post_json("/api/policy/explain", body).json

    assert ask("/secret-plan") == ask("/never-there")
    for place in ("/secret-plan", "/never-there"):
        body = {"roles": ["editor"], "action": "view", "on": place}
        told = admin.post_json("/api/policy/explain", body, status=422).json
        assert told["errors"][0]["detail"] == f"There is nothing at {place}."
    asked = {"roles": ["visitor"], "action": "view", "on": "/secret-plan"}
    mine = owner.post("/api/policy/explain", asked).json
    assert (mine["allowed"], mine["resource"]) == (False, {"type": "Page", "id": "/secret-plan"})
    with one.work() as work:
        work.find_service(Pages).publish(page.id)
    assert owner.post("/api/policy/explain", asked).json["allowed"] is True


def test_a_made_up_request_is_answered_by_role_account_and_network_and_by_a_draft(one, two, owner):
    draft = current(one).text + NETWORK
    person = one.person("editor")
    for who in ({"roles": ["editor"]}, {"account": person.email}, {"account": str(person.id)}):
        for ip, allowed in (("10.2.3.4", True), ("192.0.2.9", False), ("", False)):
            asked = {**who, "action": "view", "resource": {"type": "Area", "id": "api"}, "ip": ip}
            assert owner.post("/api/policy/explain", asked).json["allowed"] is True
            told = owner.post("/api/policy/explain", {**asked, "text": draft}).json
            assert told["allowed"] is allowed
    stranger = two.person("editor")
    asked = {"account": stranger.email, "action": "view", "resource": {"type": "Area", "id": "api"}}
    missing = {**asked, "account": "nobody@example.com"}
    told = [owner.post("/api/policy/explain", body, status=422).json["errors"] for body in (asked, missing)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"action": "fly"}, "action"),
        ({"roles": ["edtor"]}, "roles"),
        ({"roles": ["visitor", "owner"]}, "roles"),
        ({"ip": "10.0.0.0/8"}, "ip"),
        ({"resource": None}, "on"),
        ({"on": "about"}, "on"),
        ({"scheme": "magic"}, "scheme"),
        ({"text": "permit("}, "text"),
        ({"account": "ann@example.com"}, "account"),
    ],
)
def test_what_cannot_be_asked_is_named(one, change, path):
    body = {"roles": ["editor"], "action": "view", "resource": {"type": "Area", "id": "api"}, **change}
    told = one.api("admin").post_json("/api/policy/explain", body, status=422).json
    assert path in [error["path"] for error in told["errors"]]


def test_a_number_that_is_none_is_missing(one, two):
    one.api("viewer").get("/api/streams")
    flush(one)
    number = decisions(one.api("admin"))[0]["id"]
    for wrong in (number[:-1] + "9", "x", number + "0", "0-0", number.upper() + "x"):
        one.api("admin").get(f"/api/decisions/{wrong}", status=404)
    two.api("admin").get(f"/api/decisions/{number}", status=404)
    one.api("admin").get(f"/api/decisions/{number}", status=200)


def test_with_a_store_that_is_down_requests_are_answered_and_what_is_lost_is_counted(one, monkeypatch):
    recorder = recorder_of(one.installation.registry)
    flush(one)
    client = one.api("viewer")
    before = recorder.counts

    def down(*_arguments):
        raise StoreUnavailable

    monkeypatch.setattr(store_of(one.installation.registry), "append", down)
    for _ in range(3):
        client.get("/api/streams", status=200)
    assert flush(one) == 0
    after = recorder.counts
    assert (after.seen - before.seen, after.dropped - before.dropped) == (3, 3)
    assert after.seen == after.kept + after.stood_for + after.dropped


def test_a_machine_without_threads_to_give_answers_all_the_same(one, monkeypatch):
    recorder = recorder_of(one.installation.registry)
    recorder.stop()

    def none_left(_thread):
        raise RuntimeError("can't start new thread")

    client = one.api("viewer")
    monkeypatch.setattr("threading.Thread.start", none_left)
    client.get("/api/streams", status=200)
    monkeypatch.undo()
    assert flush(one) == 1


def test_the_first_decision_starts_the_thread_and_stopping_writes_what_waits(one):
    recorder = recorder_of(one.installation.registry)
    recorder.stop()
    assert recorder._thread is None
    one.api("viewer").get("/api/streams")
    thread = recorder._thread
    assert thread.daemon
    recorder.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(decisions(one.api("admin"))) == 1


def test_what_waits_is_written_sooner_where_half_of_what_may_wait_does(one, monkeypatch):
    recorder = recorder_of(one.installation.registry)
    recorder.stop()
    monkeypatch.setattr("insula.security.decisions._LOOKS", 0.01)
    one.api("viewer").get("/api/streams")
    recorder._thread.join(0.1)
    assert decisions(one.api("admin")) == []
    monkeypatch.setattr(recorder._buffer, "_most", 2)
    wait_until(lambda: decisions(one.api("admin")), 10, lambda: None)
    recorder.stop()


def test_far_too_many_denials_are_recorded_as_a_weighted_sample(one, page):
    recorder = recorder_of(one.installation.registry)
    flush(one)
    before = recorder.counts
    client = one.visitor()
    for _ in range(150):
        client.get("/secret-plan", status=404)
    kept = flush(one)
    after = recorder.counts
    assert kept <= 150
    assert sum(each["weight"] for each in decisions(one.api("admin"), "answer=deny")) == 150
    assert after.seen - before.seen == 150


def test_a_person_sees_the_list_and_the_reasons_on_screens(one):
    one.api("viewer").post_json("/api/streams", {}, status=403)
    flush(one)
    browser = Person(one, "admin").client
    flush(one)
    shown = browser.get("/admin/policy/decisions?answer=deny")
    row = shown.html.select_one("tbody tr th a")
    assert row["href"].startswith("/admin/policy/decisions/")
    one_of_them = browser.get(row["href"])
    assert "Why it was denied" in one_of_them.text
    browser.get("/admin/policy/decisions?answer=maybe", status=400)
