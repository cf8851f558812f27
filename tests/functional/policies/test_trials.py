"""A version on trial goes by itself, in every process, whoever sleeps."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from insula.events.directives import listeners_of
from insula.kit.clock import now
from insula.security.in_force import in_force
from insula.security.interfaces import Policies, PolicyDrafts
from insula.security.models import PolicyRow
from tests.functional.policies.conftest import NETWORK, Person, current, token_of


def publish(person, text, match, **more):
    return person.post("/api/policy/publish", {"text": text, **more}, match=match, status=200).json


def over(tenant):
    """Let the trial's time pass."""
    with tenant.work() as work:
        changed = update(PolicyRow).where(PolicyRow.until.is_not(None))
        work.db.execute(changed.values(until=now() - timedelta(seconds=1)))


def soon(tenant, registry, number):
    """Let a process remember a version whose trial ends in a moment, as a frozen worker would."""
    held = registry["insula.security.policies"]._held[tenant.tenant.id]
    object.__setattr__(held[1], "until", now() - timedelta(seconds=1))
    assert held[1].number == number


def test_a_trial_that_nobody_confirms_is_over_in_every_process_without_any_worker(one, two, owner):
    text = current(one).text
    other = one.installation.another_process()
    client = other.client(one.host)
    client.authorization = ("Bearer", one.token("viewer"))
    made = publish(owner, text + NETWORK, '"1"', minutes=10)
    assert (made["number"], made["returns_to"]) == (2, 1)
    assert made["until"] > made["created"]
    client.get("/api/streams", status=404)
    one.api("viewer").get("/api/streams", status=404)
    # Nothing is written and nothing is told: only the time passes.
    over(one)
    soon(one, other.registry, 2)
    soon(one, one.installation.registry, 2)
    client.get("/api/streams", status=200)
    one.api("viewer").get("/api/streams", status=200)
    assert current(one).number == 1
    assert current(two).number == 1


def test_the_next_request_that_changes_something_writes_the_return_down(one, owner):
    publish(owner, current(one).text + NETWORK, '"1"', minutes=1)
    over(one)
    owner.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    owner.post("/api/policy/check", {"text": current(one).text}, status=200)
    with one.work(writing=False) as work:
        versions = work.find_service(Policies).history()
    assert [each.number for each in versions] == [3, 2, 1]
    assert versions[0].message == "Version 2 was not confirmed: back to version 1."
    assert versions[0].text == versions[2].text
    one.installation.drain()
    trail = one.api("owner").get("/api/audit").json["data"]
    told = [entry for entry in trail if entry["event"] == "policy.returned"]
    assert told[0]["payload"] == {"number": 3, "tried": 2, "returns_to": 1}


def test_publishing_after_a_trial_that_is_over_settles_it_first(one, owner):
    text = current(one).text
    publish(owner, text + NETWORK, '"1"', minutes=1)
    over(one)
    with one.work() as work:
        policies = work.find_service(Policies)
        made = policies.publish(text + "// more\n", {}, "Ann", "", policies.current().number)
    assert made.number == 4
    with one.work(writing=False) as work:
        assert [each.number for each in work.find_service(Policies).history()] == [4, 3, 2, 1]


def test_a_trial_that_is_confirmed_stays(one, two, owner):
    owner.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    made = publish(owner, current(one).text + NETWORK, '"1"', minutes=5)
    owner.post("/api/policy/confirm", {}, status=428)
    owner.post("/api/policy/confirm", {}, match='"1"', status=412)
    Person(two).post("/api/policy/confirm", {}, match='"1"', status=409)
    admin = Person(one, "admin")
    admin.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    admin.post("/api/policy/confirm", {}, match='"2"', status=403)
    kept = owner.post("/api/policy/confirm", {}, match=f'"{made["number"]}"', status=200).json
    assert (kept["number"], kept["until"]) == (2, None)
    over(one)
    assert current(one).number == 2
    one.api("viewer").get("/api/streams", status=404)
    owner.post("/api/policy/confirm", {}, match='"2"', status=409)


def test_a_trial_is_given_up_at_once(one, owner):
    owner.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    publish(owner, current(one).text + NETWORK, '"1"', minutes=5)
    one.api("viewer").get("/api/streams", status=404)
    back = owner.post("/api/policy/return", {}, match='"2"', status=200).json
    assert (back["number"], back["message"]) == (3, "Version 2 was given up: back to version 1.")
    one.api("viewer").get("/api/streams", status=200)
    owner.post("/api/policy/return", {}, match='"3"', status=409)


@pytest.mark.parametrize("minutes", [0, 61, -1, "x"])
def test_a_trial_lasts_one_to_sixty_minutes(one, owner, minutes):
    body = {"text": current(one).text, "minutes": minutes}
    owner.post("/api/policy/publish", body, match='"1"', status=422)
    assert current(one).number == 1


def test_a_trial_on_a_trial_returns_to_what_was_in_force_before_either(one, owner):
    text = current(one).text
    publish(owner, text + "// a\n", '"1"', minutes=5)
    made = publish(owner, text + "// b\n", '"2"', minutes=5)
    assert made["returns_to"] == 1
    over(one)
    assert current(one).number == 1


def test_the_screens_show_the_trial_with_its_two_buttons(one, two):
    owner = one.signed_in("owner")
    form = owner.get("/admin/policy").forms["policy"]
    form["text"] = current(one).text + "// tried\n"
    form.submit()
    review = owner.get("/admin/policy/@@publish").forms["publish"]
    review["trial"], review["minutes"] = True, "99"
    assert "1 to 60 minutes" in review.submit(status=422).text
    review["minutes"] = "10"
    shown = review.submit(status=303).follow()
    assert "Published on trial" in shown.text
    assert "Version 2 is on trial" in shown.text
    for path in ("versions", "versions/2", "decisions", "tests", "@@try", "@@grid", "@@dry-run"):
        assert "Confirm version 2" in owner.get(f"/admin/policy/{path}").text, path
    home = owner.get("/admin").text
    assert "The policy returns to version 1 at" in home
    assert "Confirm version 2" not in one.signed_in("admin").get("/admin/policy").text
    assert "on trial" not in two.signed_in("owner").get("/admin/policy").text
    fields = {"csrf_token": token_of(owner), "expected": "2"}
    assert "stays in force" in owner.post("/admin/policy/@@confirm", fields, status=303).follow().text
    owner.post("/admin/policy/@@return", fields, status=409)
    assert current(one).until is None


def test_a_draft_that_was_published_on_trial_is_gone(one, owner):
    with one.work() as work:
        kept = work.find_service(PolicyDrafts).save(current(one).text + "//", base=1, author=None, expected=0)
    owner.post("/api/policy/publish", {"draft": kept.version + 1}, match='"1"', status=412)
    owner.post("/api/policy/publish", {"draft": kept.version, "minutes": 3}, match='"1"', status=200)
    with one.work(writing=False) as work:
        assert work.find_service(PolicyDrafts).find() is None


def test_an_idle_tenants_trial_is_written_down_by_the_relay(one, two, owner):
    publish(owner, current(one).text + NETWORK, '"1"', minutes=1)
    publish(Person(two), current(two).text + NETWORK, '"1"', minutes=10)
    over(one)
    every, settle_everywhere = listeners_of(one.installation.registry).upkeep["policy-trials"]
    assert every <= 60
    for _ in range(2):
        settle_everywhere(one.installation.registry)
    for tenant, numbers in ((one, [3, 2, 1]), (two, [2, 1])):
        with tenant.work(writing=False) as work:
            assert [each.number for each in work.find_service(Policies).history()] == numbers
    assert current(one).message == "Version 2 was not confirmed: back to version 1."


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("GET", 0)])
def test_a_request_that_looks_often_settles_once(one, owner, method, times):
    publish(owner, current(one).text + NETWORK, '"1"', minutes=1)
    with one.work(writing=False) as work:
        assert in_force(work).number == 2
    over(one)
    soon(one, one.installation.registry, 2)
    with one.work(writing=False) as work:
        work.method = method
        assert {in_force(work).number for _ in range(3)} == {1}
        assert len(work.finished_callbacks) == times
