"""Operators inside a tenant: what they may do, what is seen of it, and how it ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from insula.accounts.interfaces import Accounts, SignInInfo, SignIns
from insula.accounts.models import Account, SignIn
from insula.accounts.services import SQLAccounts
from insula.handoff.consumers import tell_console
from insula.handoff.entries import entries_factory
from insula.handoff.interfaces import Operator
from insula.handoff.models import Entry, Grant
from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.mail.interfaces import Letters
from tests.functional.handoff.conftest import REASON, Flow
from tests.functional.handoff.test_attacks import events, is_out, parts_of, post
from tests.makers import PASSWORD, TenantHandle

Decide = Callable[[TenantHandle, str], None]


@pytest.fixture
def inside(one: TenantHandle, flow: Flow, decide: Decide) -> Any:
    """A browser of an operator who is in tenant one."""
    decide(one, "always")
    return flow.enter(one)


def sign_ins(flow: Flow) -> list[SignInInfo]:
    with flow.console.work(writing=False) as work:
        return list(work.find_service(SignIns).of_account(flow.operator.person.id))


def account_of(one: TenantHandle, flow: Flow) -> Account:
    """Return the account that stands for the operator of the flow."""
    with one.work(writing=False) as work:
        return next(
            each
            for each in work.db.scalars(select(Account).where(Account.kind == "operator"))
            if each.handle.endswith(str(flow.operator.person.id))
        )


def token_of(browser: Any) -> str:
    return str(browser.get("/admin").forms["visit"]["csrf_token"].value)


def test_a_bar_on_every_screen_says_where_one_is_and_why(one: TenantHandle, inside: Any) -> None:
    for path in ("/admin", "/admin/pages", "/admin/audit", "/admin/operators", "/admin/nothing-here"):
        page = inside.get(path, expect_errors=True)
        assert f"You are in {one.tenant.title} as an operator." in page.text
        assert f"Reason: {REASON}." in page.text
        assert page.forms["visit"].action == "/operator/leave"
    assert "as an operator" not in one.signed_in("owner").get("/admin").text


def test_an_operator_acts_as_an_owner_and_is_named(one: TenantHandle, flow: Flow, inside: Any) -> None:
    token = token_of(inside)
    made = inside.post_json(
        "/api/pages",
        {"path": "/by-an-operator", "title": "Made", "blocks": []},
        headers={"X-CSRF-Token": token},
    )
    assert made.status_int == 201
    entry = events(one, "page.created")[0]
    assert entry["actor_name"] == "Admin (operator)"
    assert str(flow.operator.person.id) in str(entry)
    with one.work(writing=False) as work:
        account = work.db.scalars(select(Account).where(Account.kind == "operator")).one()
        assert entry["actor"] == str(account.id)


def test_an_operator_touches_no_credentials(one: TenantHandle, inside: Any) -> None:
    headers = {"X-CSRF-Token": token_of(inside)}
    owner, person = one.person("owner"), one.person("editor")
    master = one.api("owner", elevated=True)
    permit = master.get("/api/policy").json["text"]
    session = f"/api/people/{person.id}/sessions"
    for method, path, body in (
        ("patch", "/api/settings/operators", {"settings": {"access": "always"}}),
        ("patch", "/api/settings/sessions", {"settings": {"idle": 60}}),
        ("patch", "/api/settings/passwords", {"settings": {"min_length": 8}}),
        ("patch", "/api/settings/lockout", {"settings": {"delay": 1}}),
        ("patch", "/api/settings/schemes", {"settings": {"admin": ["session", "token"]}}),
        ("patch", "/api/settings/tokens", {"settings": {"days": 30}}),
        ("patch", "/api/settings/networks", {"settings": {"api": ["192.0.2.0/24"]}}),
        ("patch", "/api/settings/api_access", {"settings": {"visitors": False}}),
        ("patch", "/api/settings/rates", {"settings": {"method": "moving"}}),
        ("post", "/api/policy/publish", {"text": permit, "expected": 1}),
        ("put", "/api/policy/draft", {"text": permit}),
        ("post", "/api/policy/tests", {"name": "x"}),
        ("post", "/api/decisions/forget", {"account": str(owner.id)}),
        ("post", "/api/tokens", {"label": "mine"}),
        ("post", "/api/invitations", {"email": "eve@example.com", "roles": ["owner"]}),
        ("patch", f"/api/people/{owner.id}", {"name": "Eve"}),
        ("patch", f"/api/people/{person.id}", {"roles": ["owner"]}),
        ("delete", session, {}),
        ("post", "/api/roles", {"id": "spies", "title": "Spies"}),
        ("post", "/api/groups", {"name": "spies", "title": "Spies", "roles": []}),
        ("post", "/api/operator-grants", {"hours": 4, "reason": "more"}),
    ):
        send = getattr(inside, f"{method}_json")
        refused = send(path, body, headers={**headers, "If-Match": "*"}, expect_errors=True)
        assert refused.status_int == 403, (path, refused)
        assert "Operators of the installation leave" in refused.json["detail"], (path, refused)
    for path in (
        "/account/@@password",
        "/admin/operators/open",
        "/admin/security/lockout",
        "/admin/policy/@@publish",
        "/admin/policy/decisions/@@forget",
    ):
        refused = inside.post(path, {"csrf_token": headers["X-CSRF-Token"]}, expect_errors=True)
        assert refused.status_int == 403, (path, refused)
    # The refused twins: an operator may look, what is no credential is open, and an owner may do it all.
    for path in (
        "/api/settings/lockout",
        "/api/policy",
        "/api/decisions",
        "/admin/policy",
        "/admin/security",
    ):
        assert inside.get(path).status_int == 200, path
    allowed = inside.patch_json("/api/features/website", {"on": True}, headers={**headers, "If-Match": "*"})
    assert allowed.status_int == 200
    changed = master.patch_json(
        "/api/settings/lockout", {"settings": {"delay": 60}}, headers={"If-Match": "*"}
    )
    assert changed.status_int == 200
    assert master.post_json("/api/decisions/forget", {"account": str(owner.id)}).status_int == 200


def test_the_account_is_no_way_in_and_no_owner(one: TenantHandle, inside: Any) -> None:
    with one.work(writing=False) as work:
        account = work.db.scalars(select(Account).where(Account.kind == "operator")).one()
        assert (account.password_hash, account.email) == (None, None)
        found = work.find_service(Accounts).by_id(account.id)
        assert found.roles == frozenset()


def test_an_operator_comes_back_as_the_same_account(one: TenantHandle, flow: Flow, inside: Any) -> None:
    flow.enter(one)
    with one.work(writing=False) as work:
        assert len(work.db.scalars(select(Account).where(Account.kind == "operator")).all()) == 1


def test_a_session_of_an_operator_is_none_elsewhere(
    one: TenantHandle, two: TenantHandle, inside: Any
) -> None:
    elsewhere = two.visitor()
    for name, value in inside.cookies.items():
        elsewhere.set_cookie(name, value)
    assert is_out(elsewhere)


def test_leaving_ends_it_and_both_trails_say_so(one: TenantHandle, flow: Flow, inside: Any) -> None:
    cookies = {**inside.cookies}
    answer = inside.get("/admin").forms["visit"].submit()
    assert answer.location.endswith("/operator?left")
    assert is_out(inside)
    again = one.visitor()
    for name, value in cookies.items():
        again.set_cookie(name, value)
    assert is_out(again)
    for handle in (one, flow.console):
        for name in ("operator.entered", "operator.left"):
            payload = next(
                entry["payload"]
                for entry in events(handle, name)
                if entry["payload"]["tenant"] == one.tenant.name
            )
            assert payload["reason"] == REASON
            assert payload["operator_id"] == str(flow.operator.person.id)
            assert payload["operator"] == "Admin"


def test_signing_out_is_leaving(one: TenantHandle, inside: Any) -> None:
    page = inside.get("/admin")
    assert page.forms["sign-out"].action == "/operator/leave"
    page.forms["sign-out"].submit()
    assert is_out(inside)


def test_an_hour_is_the_longest(one: TenantHandle, inside: Any) -> None:
    with one.work() as work:
        row = work.db.scalars(select(Entry).where(Entry.tenant_id == one.tenant.id)).one()
        assert row.expires_at - row.started_at <= timedelta(hours=1)
        row.expires_at = now() - timedelta(milliseconds=1)
    assert is_out(inside)


def test_it_ends_when_the_console_lets_the_account_go(one: TenantHandle, flow: Flow, inside: Any) -> None:
    assert inside.get("/admin").status_int == 200
    with flow.console.work() as work:
        work.find_service(Accounts).set_active(flow.operator.person.id, active=False)
    # At the next request, and before any relay has carried the news.
    assert is_out(inside)


@pytest.mark.parametrize("way", ["sign-out", "ended", "expired", "idle"])
def test_it_ends_with_the_session_at_the_console(
    one: TenantHandle, flow: Flow, inside: Any, decide: Decide, way: str
) -> None:
    # The same person confirms in another browser, and that session goes on.
    there = flow.console.visitor()
    form = there.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = flow.operator.person.email, PASSWORD
    form.submit()
    other = Flow(flow.console, there).enter(one)
    ending = min(sign_ins(flow), key=lambda each: each.created_at)
    if way == "sign-out":
        flow.operator.get("/admin").forms["sign-out"].submit()
    else:
        with flow.console.work() as work:
            if way == "ended":
                assert work.find_service(SignIns).end(flow.operator.person.id, ending.id)
            else:
                at = now() - timedelta(days=1)
                values = {"expires_at": at} if way == "expired" else {"last_seen_at": at}
                work.db.execute(
                    update(SignIn)
                    .where(SignIn.tenant_id == flow.console.tenant.id, SignIn.id == ending.id)
                    .values(**values)
                )
    assert is_out(inside)
    assert not is_out(other)


def test_a_code_dies_with_the_session_that_confirmed_it(
    one: TenantHandle, flow: Flow, decide: Decide
) -> None:
    decide(one, "always")
    browser = one.visitor()
    address = flow.code_for(browser)
    flow.operator.get("/admin").forms["sign-out"].submit()
    refused = flow.redeem(browser, address, expect_errors=True)
    assert refused.status_int == 403
    assert is_out(browser)
    assert events(one, "operator.refused")[0]["payload"]["why"] == "leave"


def test_a_tenant_keeps_one_operator_out(
    one: TenantHandle, two: TenantHandle, flow: Flow, inside: Any, decide: Decide
) -> None:
    decide(two, "always")
    elsewhere = flow.enter(two)
    colleague = Flow(flow.console, flow.console.signed_in("owner")).enter(one)
    waiting = one.visitor()
    address = flow.code_for(waiting)
    owner = one.signed_in("owner")
    path = f"/admin/people/{account_of(one, flow).id}"
    page = owner.get(path)
    assert "Operator of the installation" in page.text
    assert "person" not in page.forms
    assert "@@send-reset" not in page.text
    next(form for form in page.forms.values() if form.action.endswith("/@@deactivate")).submit()
    assert is_out(inside)
    refused = flow.redeem(waiting, address, expect_errors=True)
    assert refused.status_int == 403
    assert "keeps you out" in refused.text
    at_console = flow.confirm(flow.begin(one.visitor()), expect_errors=True)
    assert at_console.status_int == 403
    assert "keeps you out" in at_console.text
    assert [entry["payload"]["why"] for entry in events(one, "operator.refused")] == ["account", "account"]
    # Nobody else is, and it can be taken back.
    assert not is_out(colleague)
    assert not is_out(elsewhere)
    again = next(
        form for form in owner.get(path).forms.values() if form.action.endswith("/@@activate")
    ).submit()
    assert again.status_int == 303
    assert not is_out(flow.enter(one))


def test_an_operators_account_is_given_no_role(one: TenantHandle, flow: Flow, inside: Any) -> None:
    api = one.api("owner", elevated=True)
    path = f"/api/people/{account_of(one, flow).id}"
    any_version = {"If-Match": "*"}
    for change in ({"roles": ["editor"]}, {"name": "Eve"}):
        refused = api.patch_json(path, change, headers=any_version, expect_errors=True)
        assert refused.status_int == 409, (change, refused)
    listed = api.get("/api/people?kind=operator").json["data"]
    assert [(each["kind"], each["roles"]) for each in listed] == [("operator", [])]
    person = one.person("viewer")
    changed = api.patch_json(f"/api/people/{person.id}", {"roles": ["editor"]}, headers=any_version)
    assert changed.status_int == 200


def test_a_member_signs_in_where_an_operator_was(one: TenantHandle, inside: Any) -> None:
    with one.work() as work:
        work.db.execute(
            update(Entry)
            .where(Entry.tenant_id == one.tenant.id)
            .values(expires_at=now() - timedelta(milliseconds=1))
        )
    person = one.person("editor")
    form = inside.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = person.email, PASSWORD
    form.submit()
    assert inside.get("/account").status_int == 200
    assert not any(name.endswith("insula-operator") for name in inside.cookies)


def test_a_visit_takes_two_connections_at_most(one: TenantHandle, flow: Flow, decide: Decide) -> None:
    decide(one, "always")
    other = one.installation.another_process(
        **{"insula.db.pool_size": "1", "insula.db.max_overflow": "1", "insula.db.pool_timeout": "1"}
    )
    browser = TenantHandle(other, one.tenant).visitor()
    assert flow.redeem(browser, flow.code_for(browser)).status_int == 303
    assert browser.get("/admin").status_int == 200


def test_it_ends_when_the_console_takes_the_role_away(
    one: TenantHandle, two: TenantHandle, flow: Flow, inside: Any, decide: Decide
) -> None:
    decide(two, "always")
    colleague = Flow(flow.console, flow.console.signed_in("owner")).enter(two)
    with flow.console.work() as work:
        work.find_service(Accounts).set_roles(flow.operator.person.id, ["viewer"])
    one.installation.drain()
    assert is_out(inside)
    assert not is_out(colleague)
    assert events(one, "operator.left")[0]["payload"]["how"] == "console"


def test_it_ends_when_the_tenant_changes_its_mind(one: TenantHandle, inside: Any, decide: Decide) -> None:
    other_process = TenantHandle(one.installation.another_process(), one.tenant).visitor()
    for name, value in inside.cookies.items():
        other_process.set_cookie(name, value)
    assert other_process.get("/admin").status_int == 200
    decide(one, "on request")
    assert is_out(other_process)
    decide(one, "always")
    assert inside.get("/admin").status_int == 200
    decide(one, "never")
    assert is_out(inside)
    assert is_out(other_process)


def test_what_never_ended_does_not_come_back_with_another_word(
    one: TenantHandle, two: TenantHandle, flow: Flow, inside: Any, decide: Decide
) -> None:
    decide(two, "always")
    elsewhere = flow.enter(two)
    decide(one, "never")
    inside.get("/admin/pages/", status=(303, 401))
    decide(one, "always")
    assert inside.get("/admin/pages/", expect_errors=True).status_int in {303, 401}
    assert all(grant["inside"] == 0 for grant in one.api("owner").get("/api/operator-grants").json["data"])
    assert elsewhere.get("/admin/pages/").status_int == 200


def test_on_request_somebody_has_to_let_the_operator_in(
    one: TenantHandle, two: TenantHandle, flow: Flow
) -> None:
    owner = one.signed_in("owner")
    editor = one.signed_in("editor")
    for _ in range(2):
        asked = flow.confirm(flow.begin(one.visitor()))
        assert asked.status_int == 200
        assert "is asked" in asked.text
    with one.work(writing=False) as work:
        (letter,) = [found for found in work.find_service(Letters).newest() if found.kind == "operator-asks"]
    assert letter.to == owner.person.email
    assert f"https://{one.host}/admin/operators" in (letter.text or "")
    assert REASON in (letter.text or "")
    assert editor.get("/admin/operators", expect_errors=True).status_int == 404
    assert "asks to enter" in owner.get("/admin").text
    page = owner.get("/admin/operators")
    grant = next(form for form in page.forms.values() if form.action.endswith("/grant"))
    foreign = two.signed_in("owner")
    token = foreign.get("/admin/operators").forms["open-form"]["csrf_token"].value
    assert (
        foreign.post(grant.action, {"csrf_token": token, "hours": "4"}, expect_errors=True).status_int == 404
    )
    grant["hours"] = "99"
    assert grant.submit(expect_errors=True).status_int == 422
    grant["hours"] = "2"
    assert grant.submit().status_int == 303
    browser = flow.enter(one)
    assert "Inside now" in owner.get("/admin/operators").text
    # Only the one who asked was let in.
    other = Flow(flow.console, flow.console.signed_in("owner"))
    assert "is asked" in other.confirm(other.begin(one.visitor())).text
    page = owner.get("/admin/operators")
    take_back = next(form for form in page.forms.values() if "Take back" in form.text)
    assert take_back.submit().status_int == 303
    assert is_out(browser)
    assert [entry["payload"]["ended"] for entry in events(one, "operator.grant-revoked")] == [1]
    assert events(one, "operator.left")[0]["payload"]["how"] == "revoked"
    told = [entry["payload"] for entry in events(flow.console, "operator.left")]
    assert [found["how"] for found in told if found["tenant"] == one.tenant.name] == ["revoked"]


def test_a_request_goes_to_owners_and_admins_without_a_look_at_everybody(
    one: TenantHandle, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {one.person(role).email for role in ("owner", "owner", "admin")}
    one.person("editor")
    left = one.person("owner")
    with one.work() as work:
        work.find_service(Accounts).set_active(left.id, active=False)
    monkeypatch.setattr(SQLAccounts, "list", None)
    flow.confirm(flow.begin(one.visitor()))
    with one.work(writing=False) as work:
        letters = [each.to for each in work.find_service(Letters).newest() if each.kind == "operator-asks"]
    assert sorted(letters) == sorted(told)


def test_a_code_is_refused_when_the_leave_was_taken_back_meanwhile(one: TenantHandle, flow: Flow) -> None:
    api = one.api("owner", elevated=True)
    made = api.post_json("/api/operator-grants", {"hours": 1, "reason": "a look at the logs"})
    browser = one.visitor()
    address = flow.code_for(browser)
    api.post_json(f"/api/operator-grants/{made.json['id']}/revoke", {})
    refused = post(browser, **parts_of(address))
    assert refused.status_int == 403
    assert "leave to enter has ended" in refused.text


def test_leave_by_the_api(one: TenantHandle, two: TenantHandle, flow: Flow) -> None:
    api = one.api("owner", elevated=True)
    assert api.get("/api/operator-grants").json == {"data": []}
    flow.confirm(flow.begin(one.visitor()))
    (asked,) = api.get("/api/operator-grants").json["data"]
    assert (asked["state"], asked["operator"], asked["reason"]) == ("asked", "Admin", REASON)
    path = f"/api/operator-grants/{asked['id']}"
    for wrong in ({}, {"hours": 0}, {"hours": 1000}, {"hours": "4"}, {"hours": True}, {"hours": 1, "x": 1}):
        refused = api.post_json(f"{path}/grant", wrong, expect_errors=True)
        assert refused.status_int == 422, wrong
    assert two.api("owner").get(path, expect_errors=True).status_int == 404
    assert one.api("editor").get(path, expect_errors=True).status_int == 404
    granted = api.post_json(f"{path}/grant", {"hours": 4}).json
    assert granted["state"] == "granted"
    assert api.post_json(f"{path}/grant", {"hours": 4}, expect_errors=True).status_int == 409
    assert not is_out(flow.enter(one))
    assert api.get(path).json["inside"] == 1
    assert api.post_json(f"{path}/revoke", {}).json["state"] == "revoked"
    assert api.post_json(f"{path}/revoke", {}, expect_errors=True).status_int == 409


def test_a_session_lasts_no_longer_than_the_leave(one: TenantHandle, flow: Flow) -> None:
    made = (
        one.api("owner", elevated=True)
        .post_json("/api/operator-grants", {"hours": 1, "reason": "a look"})
        .json
    )
    with one.work() as work:
        work.db.execute(
            update(Grant)
            .where(Grant.tenant_id == one.tenant.id)
            .values(expires_at=now() + timedelta(minutes=5))
        )
    flow.enter(one)
    with one.work(writing=False) as work:
        row = work.db.scalars(select(Entry).where(Entry.tenant_id == one.tenant.id)).one()
    assert str(row.grant_id) == made["id"]
    assert row.expires_at - row.started_at <= timedelta(minutes=5)


def test_the_console_is_told_once_however_often_it_is_delivered(
    one: TenantHandle, flow: Flow, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    listeners = one.installation.registry["insula.events.listeners"].consumers
    wanted, _ = listeners["handoff"]

    def twice(delivery: Any, work: Any) -> None:
        seen.append(delivery)
        tell_console(delivery, work)
        tell_console(delivery, work)

    monkeypatch.setitem(listeners, "handoff", (wanted, twice))
    told = [
        entry
        for entry in events(flow.console, "operator.entered")
        if entry["payload"]["tenant"] == one.tenant.name
    ]
    assert len(told) == 1
    assert told[0]["actor_name"] == "Admin"
    assert len(seen) >= 1


def test_nobody_but_the_console_makes_codes(
    one: TenantHandle, two: TenantHandle, flow: Flow, decide: Decide
) -> None:
    # A code written into one tenant is looked for in no other, also by the service itself.
    decide(one, "always")
    with one.work() as work:
        operator = Operator(flow.console.tenant.id, flow.operator.person.id, "Admin", uuid7())
        made = entries_factory(None, work).authorize(operator, reason="x", host=one.host, challenge="c" * 43)
    with two.work() as work:
        elsewhere = entries_factory(None, work)
        assert elsewhere.operator_of(made.code or "") is None
        assert elsewhere.redeem(made.code or "", verifier="v", host=two.host, active=True).why == "code"
    with one.work() as work:
        here = entries_factory(None, work)
        assert here.operator_of(made.code or "") == operator
        assert here.redeem(made.code or "", verifier="v", host=one.host, active=True).why == "verifier"


def test_an_operators_session_does_not_let_a_member_in_by_password(one: TenantHandle, inside: Any) -> None:
    page = one.visitor().get("/account/@@sign-in").forms["sign-in"]
    page["email"], page["password"] = "Admin (operator)", PASSWORD
    assert page.submit(expect_errors=True).status_int == 401


def test_every_panel_opens_or_says_why_not(inside: Any) -> None:
    home = inside.get("/admin")
    links = [link["href"] for link in home.html.select("#nav .menu a")]
    assert len(links) > 5
    for path in (
        *links,
        "/account",
        "/admin/security/operators",
        "/admin/people/@@invite",
        "/admin/policy/versions",
    ):
        assert inside.get(path, expect_errors=True).status_int in {200, 403, 404}, path
