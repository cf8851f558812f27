"""The audit trail through its doors: what is recorded, who may read it, and how one pages through it."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from insula.accounts.interfaces import Accounts, SignIns, Tokens, actor_names
from insula.audit.commands import audit
from insula.audit.consumers import record
from insula.audit.verifying import verify
from insula.db.work import tenant_work
from insula.events.interfaces import Events
from insula.events.models import Outbox
from insula.events.outbox import _delivery
from insula.features.interfaces import Features
from insula.kit.clock import now
from insula.kit.commands import Shell, commands_of
from insula.website.interfaces import PageDraft, Pages
from tests.faults.rig import ThingMade


def emit(tenant, *numbers, actor="ada"):
    for n in numbers:
        with tenant.work() as work:
            work.find_service(Events).emit(ThingMade(n), actor=actor)
    tenant.installation.drain()


def entries(client, query=""):
    """Return every entry of the trail, page after page."""
    found, path = [], f"/api/audit?{query}"
    while path:
        answer = client.get(path)
        found += answer.json["data"]
        path = answer.headers["Link"].partition("<")[2].partition(">")[0] if "after" in answer.json else ""
    return found


def named(client, event):
    return [entry for entry in entries(client) if entry["event"] == event]


def test_creating_a_tenant_making_a_token_and_changing_a_setting_each_leave_an_entry(one, two):
    with one.work() as work:
        features = work.find_service(Features)
        features.change("streams", on=False, settings=None, expected=None, actor="ada")
        features.change("streams", on=True, settings=None, expected=None, actor="ada")
    ours, theirs = one.api(), two.api()
    one.installation.drain()
    assert [entry["payload"]["tenant"] for entry in named(ours, "tenant.created")] == [one.tenant.name]
    assert named(ours, "token.created")
    changed = named(ours, "feature.changed")
    assert [entry["actor"] for entry in changed] == ["ada", "ada"]
    assert named(theirs, "feature.changed") == []
    assert [entry["payload"]["tenant"] for entry in named(theirs, "tenant.created")] == [two.tenant.name]


def test_revoking_a_token_leaves_an_entry(one):
    text = one.token("viewer")
    with one.work() as work:
        tokens = work.find_service(Tokens)
        tokens.revoke(tokens.find(text).kid)
    client = one.api()
    one.installation.drain()
    assert len(named(client, "token.revoked")) == 1


def test_giving_an_account_other_roles_leaves_an_entry_and_giving_it_the_same_leaves_none(one):
    person = one.person("author")
    for roles in (["author"], ["editor", "viewer"], ["viewer", "editor"]):
        with one.work() as work:
            assert work.find_service(Accounts).set_roles(person.id, roles).roles == set(roles)
            assert work.find_service(Accounts).by_id(person.id).roles == set(roles)
    client = one.api()
    one.installation.drain()
    (entry,) = [
        each["payload"]
        for each in named(client, "account.roles-changed")
        if each["payload"]["account_id"] == str(person.id)
    ]
    assert (entry["before"], entry["after"]) == (["author"], ["editor", "viewer"])


def test_signing_out_and_ending_sessions_each_leave_one_entry_and_ending_none_leaves_none(one, two):
    person = one.person("viewer")
    with one.work() as work:
        sign_ins = work.find_service(SignIns)
        (first, _), (second, _), (third, _), (_, _) = [
            sign_ins.start(person.id, address="", user_agent="") for _ in range(4)
        ]
        assert sign_ins.end(person.id, first.id, leaving=True)
        assert not sign_ins.end(person.id, first.id, leaving=True)
        assert sign_ins.end(person.id, third.id)
        assert sign_ins.end_all(person.id) == 2
        assert sign_ins.end_all(person.id) == 0
        assert not sign_ins.end(person.id, second.id)
    with two.work() as work:
        assert not work.find_service(SignIns).end(person.id, second.id, leaving=True)
    ours, theirs = one.api(), two.api()
    one.installation.drain()
    (left,) = named(ours, "account.signed-out")
    assert left["payload"] == {"account_id": str(person.id), "sign_in_id": str(first.id)}
    ended = [entry["payload"] for entry in named(ours, "account.session-ended")]
    assert sorted(entry["ended"] for entry in ended) == [1, 2]
    assert {entry["account_id"] for entry in ended} == {str(person.id)}
    assert named(theirs, "account.signed-out") == named(theirs, "account.session-ended") == []


def test_whoever_signs_out_is_named_as_the_one_who_did(one):
    client = one.signed_in("viewer")
    client.get("/account").forms["sign-out"].submit(status=303)
    reader = one.api()
    one.installation.drain()
    (left,) = named(reader, "account.signed-out")
    assert left["actor"] == left["payload"]["account_id"] == str(client.person.id)


def test_publishing_a_page_leaves_an_entry_that_names_who_did_it(one, two):
    for tenant in (one, two):
        with tenant.work() as work:
            pages = work.find_service(Pages)
            page = pages.create(PageDraft("/news", "News"), actor="ada")
            if tenant is one:
                pages.publish(page.id, actor="bob")
    ours, theirs = one.api(), two.api()
    one.installation.drain()
    assert [(entry["event"], entry["actor"]) for entry in named(ours, "page.published")] == [
        ("page.published", "bob")
    ]
    assert [entry["actor"] for entry in named(ours, "page.created")] == ["ada"]
    assert named(theirs, "page.published") == []


def test_an_entry_says_what_who_when_and_in_which_request(one):
    client = one.api()
    before = now()
    emit(one, 7)
    entry = named(client, "thing.made")[0]
    assert (entry["payload"], entry["actor"]) == ({"n": 7}, "ada")
    assert entry["time"][:10] == before.isoformat()[:10]
    assert entry["request_id"]
    assert set(entry) == {
        *(
            "id",
            "time",
            "event",
            "actor",
            "actor_name",
            "operator",
            "address",
            "scheme",
            "request_id",
            "payload",
        ),
        *("redacted", "position", "previous", "hash"),
    }


def test_the_request_that_caused_an_entry_is_the_one_the_caller_was_told(one):
    client = one.api()
    answer = client.post_json("/api/streams", {"name": "arrivals", "title": "Arrivals"}, status=201)
    one.installation.drain()
    entry = named(client, "stream.declared")[0]
    assert entry["request_id"] == answer.headers["X-Request-ID"]


def test_the_newest_comes_first_and_cursors_reach_each_entry_once(one, two):
    client = one.api()
    emit(one, *range(9))
    emit(two, 99)
    whole = entries(client, "limit=1000")
    paged = entries(client, "limit=2")
    assert [entry["id"] for entry in paged] == [entry["id"] for entry in whole]
    assert len({entry["id"] for entry in paged}) == len(paged)
    times = [entry["time"] for entry in paged]
    assert times == sorted(times, reverse=True)
    numbers = [entry["payload"]["n"] for entry in paged if entry["event"] == "thing.made"]
    assert sorted(numbers) == list(range(9))


def test_a_cursor_that_is_changed_or_anothers_is_refused_and_the_next_good_question_answered(one, two):
    client = one.api()
    emit(one, *range(4))
    emit(two, *range(4))
    good = client.get("/api/audit?limit=1").json["after"]
    flipped = good[:10] + ("A" if good[10] != "A" else "B") + good[11:]
    for bad in (flipped, good[:-3], "", "x" * 50):
        assert client.get(f"/api/audit?limit=1&after={bad}", status=400).json["request_id"]
    two.api().get(f"/api/audit?limit=1&after={good}", status=400)
    one.api("owner").get(f"/api/audit?limit=1&after={good}", status=400)
    assert len(client.get(f"/api/audit?limit=1&after={good}").json["data"]) == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=many", "limit=", "limit=-1", "order=time"])
def test_a_parameter_that_cannot_be_used_is_named(one, query):
    problem = one.api().get(f"/api/audit?{query}", status=400).json
    assert [error["path"] for error in problem["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("editor", 404), ("viewer", 404)]
)
def test_who_may_view_the_trail_reads_it_and_for_others_it_is_missing(one, role, status):
    answer = one.api(role).get("/api/audit", status=status)
    if status == 404:
        missing = one.api(role).get("/api/nothing-here", status=404)
        assert answer.json["title"] == missing.json["title"]
        assert answer.json["type"] == missing.json["type"]


def test_a_visitor_and_another_tenants_token_are_nobody_here(one, two):
    one.visitor().get("/api/audit", status=401)
    client = one.visitor()
    client.authorization = ("Bearer", two.token("owner"))
    client.get("/api/audit", status=401)


def test_the_same_delivery_twice_is_one_entry(one):
    with one.work() as work:
        work.find_service(Events).emit(ThingMade(1), actor="ada")
    registry = one.installation.registry
    with tenant_work(registry, one.tenant.id, writing=False) as work:
        deliveries = [
            _delivery(row)
            for row in work.db.execute(
                select(Outbox.__table__).where(Outbox.tenant_id == one.tenant.id, Outbox.consumer == "audit")
            )
        ]
    for _ in range(3):
        with tenant_work(registry, one.tenant.id, writing=False) as work:
            record(deliveries, work)
    one.installation.drain()
    with tenant_work(registry, one.tenant.id, writing=False) as work:
        # Too late: these were acknowledged, and get no second place.
        record(deliveries, work)
    assert len(named(one.api(), "thing.made")) == 1
    found = verify(registry, one.tenant.id)
    assert (found.breaks, found.entries) == ((), found.position)


def test_the_screen_shows_the_trail_to_an_owner_and_is_missing_for_an_author(one, two):
    emit(one, 12345)
    emit(two, 54321)
    page = one.signed_in("owner").get("/admin/audit")
    assert "Thing made" in page
    assert "12345" in page
    assert "54321" not in page
    assert page.html.find("a", {"href": "#list"})
    one.signed_in("author").get("/admin/audit", status=404)


def test_the_screen_names_an_account_and_says_what_changed(one):
    browser = one.signed_in("owner")
    account = browser.person
    emit(one, 5, actor=str(account.id))
    with one.work() as work:
        work.find_service(Features).change(
            "streams", on=False, settings=None, expected=None, actor="<b>ada</b>"
        )
    one.installation.drain()
    page = browser.get("/admin/audit")
    made = next(row for row in page.html.select("tbody tr") if "Thing made" in row.text)
    assert account.name in made.text
    assert str(account.id) not in made.text
    changed = next(row for row in page.html.select("tbody tr") if "Feature changed" in row.text)
    assert "<b>ada</b>" in changed.text
    assert "yes → no" in changed.text


def test_the_screen_leads_to_older_entries(one):
    emit(one, *range(60))
    browser = one.signed_in("owner")
    first = browser.get("/admin/audit")
    older = first.click("Older entries")
    assert "Tenant created" not in first
    assert "Tenant created" in older


def test_the_command_prints_one_tenants_trail(one, two):
    emit(one, 777)
    emit(two, 888)
    shell = Shell(one.installation.registry, "test.ini")
    result = CliRunner().invoke(audit, ["list", "--tenant", one.tenant.name], obj=shell)
    assert result.exit_code == 0, result.output
    assert "thing.made" in result.output
    assert "777" in result.output
    assert "888" not in result.output


def test_whatever_door_an_account_comes_by_it_is_named_by_its_id_with_its_name_beside(one, two):
    browser = one.signed_in("owner")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/admin/features/streams").text)[1]
    sent = {"X-CSRF-Token": token, "Origin": f"https://{one.host}", "If-Match": "*"}
    browser.post_json("/api/pages", {"path": "/news", "title": "News"}, headers=sent)
    browser.post_json("/api/streams", {"name": "arrivals", "title": "Arrivals"}, headers=sent)
    browser.patch_json("/api/features/website", {"settings": {"title": "Station"}}, headers=sent)
    one.installation.drain()
    found = entries(one.api())
    for event in ("page.created", "stream.declared", "feature.changed"):
        entry = next(entry for entry in found if entry["event"] == event)
        assert (entry["actor"], entry["actor_name"]) == (str(browser.person.id), browser.person.name)
    feature = one.api().get("/api/features/website").json
    assert (feature["changed_by"], feature["changed_by_name"]) == (
        str(browser.person.id),
        browser.person.name,
    )
    for url in ("/admin/features", "/admin/features/website"):
        shown = browser.get(url).text
        assert f"by {browser.person.name}" in shown
        assert str(browser.person.id) not in shown
    with two.work(writing=False) as work:
        assert actor_names(work.find_service(Accounts), [str(browser.person.id), "ada", None]) == {}


def test_what_a_command_does_is_done_by_the_command_line(one):
    shell = Shell(one.installation.registry, "test.ini")
    for noun, words in (
        ("stream", ["declare", "arrivals", "--title", "Arrivals"]),
        ("feature", ["set", "website", "title=Station"]),
        ("token", ["create", "--role", "viewer"]),
    ):
        command = commands_of(one.installation.registry)[noun]
        result = CliRunner().invoke(command, [*words, "--tenant", one.tenant.name], obj=shell)
        assert result.exit_code == 0, result.output
    one.installation.drain()
    by_command = {entry["event"] for entry in entries(one.api()) if entry["actor"] == "command line"}
    assert {"stream.declared", "feature.changed", "account.created", "token.created"} <= by_command


def test_the_command_prints_the_name_of_an_account_beside_its_id(one):
    person = one.person("owner")
    emit(one, 5, actor=str(person.id))
    shell = Shell(one.installation.registry, "test.ini")
    result = CliRunner().invoke(audit, ["list", "--tenant", one.tenant.name], obj=shell)
    assert f"{person.name} ({person.id})" in result.output


def test_the_first_wrong_password_is_in_the_trail_and_so_is_the_wait(one, two):
    person, reader = one.person("editor"), one.api()

    def try_as(email):
        form = one.visitor(REMOTE_ADDR="192.0.2.44").get("/account/@@sign-in").forms["sign-in"]
        form["email"], form["password"] = email, "not the password at all"
        form.submit(status="*")

    try_as("nobody@example.com")
    for _ in range(7):
        try_as(person.email)
    one.installation.drain()
    refused = [entry["payload"] for entry in named(reader, "account.password-refused")]
    assert refused[-1] == {"account_id": None, "address": "192.0.2.44"}
    assert [payload["account_id"] for payload in refused[:-1]] == [str(person.id)] * (len(refused) - 1)
    (delayed,) = named(reader, "account.attempts-delayed")
    assert delayed["payload"]["counted"] == "account"
    assert delayed["payload"]["failures"] == len(refused) - 1
    assert person.email not in str(entries(reader))
    assert named(two.api(), "account.password-refused") == []
