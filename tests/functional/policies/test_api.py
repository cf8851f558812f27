"""The policy through the API: check, try, publish, roll back, and whom each is refused."""

import threading

import pytest

from insula.kit.turns import Turns
from insula.security.checking import TURNS
from insula.security.interfaces import PolicyDrafts
from tests.functional.policies.conftest import NETWORK, Person, current, decisions, flush, without

LOCKED = 'permit(principal in Role::"owner", action, resource);'


def test_the_version_in_force_is_read_with_an_etag(one, two, owner):
    answer = owner.get("/api/policy")
    assert answer.json["number"] == 1
    assert "owners-do-everything" in answer.json["text"]
    owner.client.get("/api/policy", headers={"If-None-Match": answer.headers["ETag"]}, status=304)
    for role, status in (("admin", 200), ("editor", 404), ("viewer", 404)):
        one.api(role).get("/api/policy", status=status)
    one.visitor().get("/api/policy", status=401)
    stranger = one.visitor()
    stranger.authorization = ("Bearer", two.token("owner"))
    stranger.get("/api/policy", status=401)


def test_a_check_tells_line_column_and_suggestion_and_changes_nothing(one):
    text = current(one).text
    api = one.api("admin")
    good = api.post_json("/api/policy/check", {"text": text}).json
    assert good == {"publishable": True, "flaws": []}
    bad = (
        text + '\n@id("x") permit(principal in Role::"edtor", action == Action::"view", resource is Page);\n'
    )
    told = api.post_json("/api/policy/check", {"text": bad}).json
    flaw = told["flaws"][0]
    assert told["publishable"] is False
    assert (flaw["line"], flaw["suggestion"]) == (len(text.splitlines()) + 2, "editor")
    assert flaw["column"] > 1
    assert current(one).number == 1
    one.api("editor").post_json("/api/policy/check", {"text": text}, status=404)


@pytest.mark.parametrize("body", [{}, {"text": 1}, {"text": "", "more": 1}, {"text": "", "grid": []}, []])
def test_a_body_that_is_none_is_refused_with_its_places(one, body):
    one.api("admin").post_json("/api/policy/check", body, status=(400, 422))


def test_an_owner_publishes_and_it_holds_at_the_next_request_in_every_process(one, two, owner):
    text = current(one).text + NETWORK
    other = one.installation.another_process().client(one.host)
    other.authorization = ("Bearer", one.token("viewer"))
    other.get("/api/streams", status=200)
    made = owner.post("/api/policy/publish", {"text": text, "message": "Office"}, match='"1"', status=200)
    assert (made.json["number"], made.json["message"]) == (2, "Office")
    person = owner.client.person
    assert (made.json["author"], made.json["author_name"]) == (str(person.id), person.name)
    assert made.headers["ETag"] == '"2"'
    other.get("/api/streams", status=404)
    two.api("viewer").get("/api/streams", status=200)
    assert current(two).number == 1


def test_publishing_needs_if_match_and_only_one_of_two_wins(one, owner):
    text = current(one).text
    owner.post("/api/policy/publish", {"text": text}, status=428)
    owner.post("/api/policy/publish", {"text": text}, match='"7"', status=412)
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=200)
    Person(one).post("/api/policy/publish", {"text": text}, match='"1"', status=412)
    assert current(one).number == 2


def test_who_may_not_publish_is_refused_and_a_token_never_may(one):
    text = current(one).text
    admin = Person(one, "admin")
    admin.post("/api/policy/publish", {"text": text}, match='"1"', status=403)
    Person(one, "editor").post("/api/policy/publish", {"text": text}, match='"1"', status=404)
    refused = one.api("owner").post_json(
        "/api/policy/publish", {"text": text}, headers={"If-Match": '"1"'}, status=403
    )
    assert "Only people change the policy" in refused.text
    one.signed_in("owner").post_json(
        "/api/policy/publish", {"text": text}, headers={"If-Match": '"1"'}, status="4*"
    )
    assert current(one).number == 1


def test_a_text_that_locks_every_owner_out_is_refused_with_the_rules_name(one, owner):
    text = current(one).text + '@id("nobody-at-all") forbid(principal, action, resource in Area::"admin");'
    told = owner.post("/api/policy/publish", {"text": text}, match='"1"', status=422).json
    assert "tenant:nobody-at-all" in told["errors"][0]["detail"]
    assert current(one).number == 1


def test_a_flaw_is_refused_with_its_place_and_the_former_version_stays(one, owner):
    text = current(one).text + '@id("x") permit(principal, action == Action::"publsh", resource is Page);'
    told = owner.post("/api/policy/publish", {"text": text}, match='"1"', status=422).json
    assert told["errors"][0]["line"] == len(text.splitlines())
    assert "publish" in told["errors"][0]["detail"]
    assert current(one).number == 1


def test_rolling_back_restores_the_older_text_as_a_new_version(one, owner):
    before = current(one)
    owner.post("/api/policy/publish", {"text": before.text + NETWORK}, match='"1"', status=200)
    one.api("viewer").get("/api/streams", status=404)
    owner.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    owner.post("/api/policy/versions/1/rollback", {}, status=428)
    owner.post("/api/policy/versions/1/rollback", {}, match='"1"', status=412)
    owner.post("/api/policy/versions/9/rollback", {}, match='"2"', status=404)
    Person(one, "admin").client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    made = owner.post("/api/policy/versions/1/rollback", {}, match='"2"', status=200).json
    assert (made["number"], made["text"]) == (3, before.text)
    assert made["message"] == "Rolled back to version 1."
    one.api("viewer").get("/api/streams", status=200)
    listed = owner.get("/api/policy/versions").json["data"]
    assert [each["number"] for each in listed] == [3, 2, 1]
    assert "text" not in listed[0]
    assert owner.get("/api/policy/versions/2").json["text"] == before.text + NETWORK
    for nothing in ("0", "01", "x", "-1", "9" * 30):
        owner.get(f"/api/policy/versions/{nothing}", status=404)


def test_publishing_stands_in_the_audit_trail(one, owner):
    owner.post("/api/policy/publish", {"text": current(one).text, "message": "Why"}, match='"1"', status=200)
    one.installation.drain()
    trail = one.api("owner").get("/api/audit").json["data"]
    found = [entry for entry in trail if entry["event"] == "policy.published"]
    assert (found[0]["payload"], found[0]["actor"]) == (
        {"number": 2, "message": "Why"},
        str(owner.client.person.id),
    )


def test_a_draft_is_one_a_tenant_and_two_who_save_do_not_overwrite_each_other(one, two):
    with one.work() as work:
        first = work.find_service(PolicyDrafts).save("one", base=1, author="Ann", expected=0)
    with two.work(writing=False) as work:
        assert work.find_service(PolicyDrafts).find() is None
    with one.work() as work, pytest.raises(Exception, match="Somebody saved"):
        work.find_service(PolicyDrafts).save("two", base=1, author="Bob", expected=0)
    with one.work() as work:
        again = work.find_service(PolicyDrafts).save("two", base=1, author="Bob", expected=first.version)
    assert again.version > first.version


def test_the_dry_run_names_what_would_change_on_real_traffic(one, two, page):
    office = one.api("viewer")
    office.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    office.get("/api/streams", status=200)
    one.api("viewer").get("/api/streams", status=200)
    one.visitor().get("/secret-plan", status=404)
    two.api("viewer").get("/api/streams", status=200)
    flush(one)
    draft = without(current(one).text, "visitors-view-published-pages") + NETWORK
    draft += '@id("all-pages") permit(principal, action == Action::"view", resource is Page);'
    report = one.api("admin").post_json("/api/policy/dry-run", {"text": draft}).json
    assert (report["replayed"], report["unknown"]) == (3, 0)
    assert (report["same"], report["allow_to_deny"], report["deny_to_allow"]) == (1, 1, 1)
    denied, allowed = report["examples"]["allow_to_deny"][0], report["examples"]["deny_to_allow"][0]
    assert denied["decision"]["ip"] == "192.0.2.1"
    assert denied["decision"]["resource"] == {"type": "Area", "id": "api"}
    assert denied["rules_before"] == ["tenant:everyone-opens-the-api"]
    assert denied["rules_after"] == ["tenant:api-from-the-office-only"]
    assert allowed["decision"]["resource"] == {"type": "Page", "id": "/secret-plan"}
    assert (allowed["decision"]["name"], allowed["rules_after"]) == (None, ["tenant:all-pages"])
    assert current(one).number == 1


def test_the_dry_run_of_the_text_in_force_changes_nothing(one, page):
    for role in ("owner", "admin", "viewer"):
        one.api(role).get(f"/api/pages/{page.id}", status="*")
        one.api(role, scopes=["edit"]).get("/api/streams", status="*")
    one.signed_in("editor").get("/admin/pages/secret-plan")
    flush(one)
    report = one.api("admin").post_json("/api/policy/dry-run", {"text": current(one).text}).json
    assert report["same"] == report["replayed"] > 6
    assert report["allow_to_deny"] == report["deny_to_allow"] == report["unknown"] == 0


def test_a_dry_run_takes_the_last_ones_or_a_time(one):
    for _ in range(5):
        one.api("viewer").get("/api/streams")
    flush(one)
    api, text = one.api("admin"), current(one).text
    assert api.post_json("/api/policy/dry-run", {"text": text, "last": 2}).json["replayed"] == 2
    at = decisions(api)[2]["time"]
    since = api.post_json("/api/policy/dry-run", {"text": text, "start": at}).json
    until = api.post_json("/api/policy/dry-run", {"text": text, "end": at}).json
    assert since["replayed"] + until["replayed"] == 5
    for bad in ({"last": 0}, {"last": 10_001}, {"start": "2026-01-01"}, {"start": "x"}):
        api.post_json("/api/policy/dry-run", {"text": text, **bad}, status=422)


def test_a_draft_that_locks_everybody_out_can_be_tried_and_one_with_flaws_cannot(one):
    one.api("owner").get("/api/streams")
    flush(one)
    locked = without(current(one).text, "owners-do-everything")
    report = one.api("admin").post_json("/api/policy/dry-run", {"text": locked}).json
    assert report["replayed"] == 1
    one.api("admin").post_json("/api/policy/dry-run", {"text": "permit(principal);"}, status=422)


def test_who_may_not_view_decisions_may_not_try_a_draft(one, owner):
    text = current(one).text + (
        '@id("decisions-are-the-owners") forbid(principal, action, resource in Area::"decisions") '
        'unless { principal in Role::"owner" };'
    )
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=200)
    one.api("admin").post_json("/api/policy/dry-run", {"text": text}, status=403)
    one.api("admin").get("/api/decisions", status=404)
    one.api("owner").post_json("/api/policy/dry-run", {"text": text}, status=200)
    assert "Decisions</a>" not in one.signed_in("admin").get("/admin/policy").text


def test_work_on_drafts_waits_its_turn_so_that_others_are_served(one, two):
    """One draft of a tenant at a time; while the only turn there is is taken, others are told when to come again."""
    registry = one.installation.registry
    text = {"text": '@id("o") permit(principal in Role::"owner", action, resource);'}
    turns = Turns(at_once=1, wait=0.05)
    before, registry[TURNS] = registry.get(TURNS), turns
    asked = []
    taken, done = threading.Event(), threading.Event()

    def hold():
        with turns.take(two.tenant.id):
            taken.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    try:
        api = one.api("owner")
        holder.start()
        assert taken.wait(10)
        for path in ("check", "dry-run"):
            busy = api.post_json(f"/api/policy/{path}", text, status=503)
            asked.append(busy.headers["Retry-After"])
        assert api.get("/api/policy").status_int == 200
    finally:
        done.set()
        holder.join(30)
        registry[TURNS] = before
    assert asked == ["1", "1"]
    assert api.post_json("/api/policy/check", text).json["publishable"]
