"""Operators inside a tenant: what they may do, what is seen of it, and how it ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from insula.accounts.interfaces import Accounts
from insula.accounts.models import Account
from insula.handoff.consumers import tell_console
from insula.handoff.entries import entries_factory
from insula.handoff.interfaces import Operator
from insula.handoff.models import Entry, Grant
from insula.kit.clock import now
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
    owner = one.person("owner")
    for method, path, body in (
        ("patch", "/api/settings/operators", {"access": "always"}),
        ("patch", "/api/settings/sessions", {"idle": 60}),
        ("patch", "/api/settings/passwords", {"min_length": 8}),
        ("post", "/api/tokens", {"label": "mine"}),
        ("post", "/api/people/invitations", {"email": "eve@example.com", "roles": ["owner"]}),
        ("post", "/api/invitations", {"email": "eve@example.com", "roles": ["owner"]}),
        ("patch", f"/api/people/{owner.id}", {"name": "Eve"}),
        ("delete", f"/api/people/{owner.id}", {}),
        ("post", "/api/operator-grants", {"hours": 4, "reason": "more"}),
    ):
        send = getattr(inside, f"{method}_json")
        refused = send(path, body, headers={**headers, "If-Match": "*"}, expect_errors=True)
        assert refused.status_int in {403, 404, 405}, (path, refused)
    for path in ("/account/@@password", "/admin/operators/open"):
        refused = inside.post(path, {"csrf_token": headers["X-CSRF-Token"]}, expect_errors=True)
        assert refused.status_int == 403, (path, refused)
    # The refused twin: what is no credential is open.
    allowed = inside.patch_json(
        "/api/features/website", {"on": True}, headers={**headers, "If-Match": "*"}, expect_errors=True
    )
    assert allowed.status_int == 200, allowed


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
        operator = Operator(flow.console.tenant.id, flow.operator.person.id, "Admin")
        made = entries_factory(None, work).authorize(operator, reason="x", host=one.host, challenge="c" * 43)
    with two.work() as work:
        assert entries_factory(None, work).redeem(made.code or "", verifier="v", host=two.host).why == "code"
    with one.work() as work:
        assert (
            entries_factory(None, work).redeem(made.code or "", verifier="v", host=one.host).why == "verifier"
        )


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
