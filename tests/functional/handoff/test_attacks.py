"""The hand-off under attack: what was stolen, swapped, replayed or made up opens nothing."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from sqlalchemy import func, select, update

from insula.handoff.entries import challenge_of
from insula.handoff.interfaces import Entries
from insula.handoff.models import Entry
from insula.kit.clock import now
from tests.functional.handoff.conftest import Flow, host_of, path_of
from tests.makers import TenantHandle

Decide = Callable[[TenantHandle, str], None]


def parts_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def is_out(browser: Any) -> bool:
    return bool(browser.get("/admin", expect_errors=True).status_int == 401)


def post(browser: Any, **values: str) -> Any:
    """Send the callback's form with values of the attacker's choice and a token of their own."""
    page = browser.get("/operator")
    token = page.forms["operator"]["csrf_token"].value
    return browser.post("/operator/callback", {"csrf_token": token, **values}, expect_errors=True)


def entries(handle: TenantHandle) -> int:
    with handle.work(writing=False) as work:
        return int(work.db.scalar(select(func.count()).select_from(Entry)))


def events(handle: TenantHandle, name: str) -> list[dict[str, Any]]:
    handle.installation.drain()
    data = handle.api("owner").get("/api/audit?limit=100").json["data"]
    return [entry for entry in data if entry["event"] == name]


@pytest.fixture
def open_tenants(one: TenantHandle, two: TenantHandle, decide: Decide) -> None:
    decide(one, "always")
    decide(two, "always")


pytestmark = pytest.mark.usefixtures("open_tenants")


def test_the_code_opens_the_way_once(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    address = flow.code_for(browser)
    cookies = {**browser.cookies}
    assert flow.redeem(browser, address).status_int == 303
    assert browser.get("/admin").status_int == 200
    # The very same browser, cookie and all, comes again.
    again = one.visitor()
    for name, value in cookies.items():
        again.set_cookie(name, value)
    refused = post(again, **parts_of(address))
    assert refused.status_int == 403
    assert is_out(again)


def test_of_two_who_redeem_at_the_same_time_one_gets_in(one: TenantHandle, flow: Flow) -> None:
    verifier = "v" * 43
    address = flow.begin(one.visitor())
    given = parts_of(address)
    given["code_challenge"] = challenge_of(verifier)
    confirmed = flow.operator.get(f"{urlsplit(address).path}?{urlencode(given)}").forms["authorize"].submit()
    code = parts_of(confirmed.location)["code"]
    outcomes: list[bool] = []
    barrier = threading.Barrier(2)

    def redeem() -> None:
        barrier.wait()
        with one.work() as work:
            outcomes.append(
                work.find_service(Entries).redeem(code, verifier=verifier, host=one.host, active=True).entry
                is not None
            )

    threads = [threading.Thread(target=redeem) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]


def test_a_code_of_one_tenant_is_nothing_at_another(one: TenantHandle, two: TenantHandle, flow: Flow) -> None:
    browser, elsewhere = one.visitor(), two.visitor()
    address = flow.code_for(browser)
    flow.begin(elsewhere)
    given = parts_of(address)
    refused = post(elsewhere, **given)
    assert refused.status_int == 403
    # With the cookies of both hosts at the other one, too.
    for name, value in browser.cookies.items():
        elsewhere.set_cookie(name, value)
    assert post(elsewhere, **given).status_int == 403
    assert is_out(elsewhere)
    # The code was not even looked for where it belongs: it is still good there.
    assert flow.redeem(browser, address).status_int == 303


def test_a_code_is_bound_to_its_host(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    address = flow.code_for(browser)
    with one.work() as work:
        work.db.execute(
            update(Entry).where(Entry.tenant_id == one.tenant.id).values(host="elsewhere.localhost")
        )
    refused = flow.redeem(browser, address, expect_errors=True)
    assert refused.status_int == 403
    assert "another host" in refused.text
    assert events(one, "operator.refused")[0]["payload"]["why"] == "host"


def test_a_stolen_code_is_nothing_without_the_cookie(one: TenantHandle, flow: Flow) -> None:
    browser, thief = one.visitor(), one.visitor()
    address = flow.code_for(browser)
    refused = post(thief, **parts_of(address))
    assert refused.status_int == 403
    assert is_out(thief)


def test_a_stolen_code_with_a_state_of_ones_own_burns(one: TenantHandle, flow: Flow) -> None:
    browser, thief = one.visitor(), one.visitor()
    address = flow.code_for(browser)
    own = parts_of(flow.begin(thief))
    refused = post(thief, code=parts_of(address)["code"], state=own["state"])
    assert refused.status_int == 403
    assert is_out(thief)
    assert events(one, "operator.refused")[0]["payload"]["why"] == "verifier"
    # It was in the wrong hands, so it is of no use to anybody any more.
    assert flow.redeem(browser, address, expect_errors=True).status_int == 403
    assert is_out(browser)


def test_a_swapped_state_is_refused(one: TenantHandle, flow: Flow) -> None:
    browser, other = one.visitor(), one.visitor()
    address, foreign = flow.code_for(browser), parts_of(flow.begin(other))
    given = {**parts_of(address), "state": foreign["state"]}
    assert post(browser, **given).status_int == 403
    assert is_out(browser)


def test_somebody_elses_flow_cannot_be_pushed_on_a_browser(one: TenantHandle, flow: Flow) -> None:
    # The attacker confirms at the console and sends the victim the address with the attacker's code.
    attacker, victim = one.visitor(), one.visitor()
    address = flow.code_for(attacker)
    refused = flow.redeem(victim, address, expect_errors=True)
    assert refused.status_int == 403
    assert is_out(victim)


@pytest.mark.parametrize("cookie", ["flipped", "foreign", "garbage"])
def test_a_cookie_that_is_not_ours_is_none(
    one: TenantHandle, two: TenantHandle, flow: Flow, cookie: str
) -> None:
    browser = one.visitor()
    address = flow.code_for(browser)
    name = next(name for name in browser.cookies if "operator-state" in name)
    value = browser.cookies[name]
    if cookie == "flipped":
        value = value[:20] + ("A" if value[20] != "A" else "B") + value[21:]
    elif cookie == "foreign":
        other = two.visitor()
        flow.begin(other)
        value = other.cookies[name]
    else:
        value = "x" * 60
    browser.set_cookie(name, value)
    assert post(browser, **parts_of(address)).status_int == 403


def test_a_code_runs_out_after_a_minute(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    address = flow.code_for(browser)
    with one.work() as work:
        expires = work.db.scalar(select(Entry.code_expires_at).where(Entry.tenant_id == one.tenant.id))
        assert timedelta(seconds=50) < expires - now() <= timedelta(seconds=60)
        work.db.execute(
            update(Entry)
            .where(Entry.tenant_id == one.tenant.id)
            .values(code_expires_at=now() - timedelta(milliseconds=1))
        )
    refused = flow.redeem(browser, address, expect_errors=True)
    assert refused.status_int == 403
    assert is_out(browser)


def test_never_means_never_also_for_a_code_made_before(one: TenantHandle, flow: Flow, decide: Decide) -> None:
    browser, second = one.visitor(), one.visitor()
    address = flow.code_for(browser)
    decide(one, "never")
    refused = flow.redeem(browser, address, expect_errors=True)
    assert refused.status_int == 403
    assert "lets no operator in" in refused.text
    assert is_out(browser)
    at_console = flow.confirm(flow.begin(second), expect_errors=True)
    assert at_console.status_int == 403
    assert "lets no operator in" in at_console.text
    assert [entry["payload"]["why"] for entry in events(one, "operator.refused")] == ["never", "never"]
    told = [
        entry
        for entry in events(flow.console, "operator.refused")
        if entry["payload"]["tenant"] == one.tenant.name
    ]
    assert [entry["payload"]["reason"] for entry in told] == ["ticket 812", "ticket 812"]


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/operator/callback"},
        {"redirect_uri": "https://HOST.evil.example/operator/callback"},
        {"redirect_uri": "https://HOST/operator/callback?x=1"},
        {"redirect_uri": "https://HOST/operator/callback/"},
        {"redirect_uri": "https://HOST/operator/../evil"},
        {"redirect_uri": "https://HOST@evil.example/operator/callback"},
        {"redirect_uri": "http://HOST/operator/callback"},
        {"redirect_uri": "//HOST/operator/callback"},
        {"redirect_uri": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"code_challenge": "short"},
        {"state": ""},
        {"state": "x" * 44},
        {"state": "a\r\nSet-Cookie: x=y" + "b" * 25},
        {"reason": ""},
        {"reason": "x" * 300},
    ],
    ids=str,
)
def test_a_tampered_request_is_refused_and_leads_nowhere(
    one: TenantHandle, flow: Flow, change: dict[str, str]
) -> None:
    address = flow.begin(one.visitor())
    changed = {
        **parts_of(address),
        **{name: value.replace("HOST", one.host) for name, value in change.items()},
    }
    path = urlsplit(address).path
    shown = flow.operator.get(f"{path}?{urlencode(changed)}", expect_errors=True)
    assert shown.status_int == 400
    token = flow.operator.get(path_of(address)).forms["authorize"]["csrf_token"].value
    sent = flow.operator.post(path, {**changed, "csrf_token": token}, expect_errors=True)
    assert sent.status_int == 400
    assert "Location" not in sent.headers
    assert entries(one) == 0


def test_a_request_for_one_tenant_gives_no_code_for_another(
    one: TenantHandle, two: TenantHandle, flow: Flow
) -> None:
    address = flow.begin(one.visitor())
    elsewhere = address.replace(f"/{one.tenant.name}/", f"/{two.tenant.name}/")
    assert flow.operator.get(path_of(elsewhere), expect_errors=True).status_int == 400
    assert entries(two) == 0


@pytest.mark.parametrize(
    "following", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_leads_to_this_host_only(one: TenantHandle, flow: Flow, following: str) -> None:
    browser = one.visitor()
    address = flow.confirm(flow.begin(browser, following=quote(following))).location
    answer = flow.redeem(browser, address)
    assert path_of(answer.location) == "/admin"
    assert host_of(answer.location) in ("", one.host)


def test_next_leads_to_a_place_on_this_host(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    address = flow.confirm(flow.begin(browser, following="/admin/audit")).location
    assert path_of(flow.redeem(browser, address).location) == "/admin/audit"


def test_opening_the_addresses_uses_nothing_up(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    begun = flow.begin(browser)
    for _ in range(2):
        flow.operator.get(path_of(begun))
    assert entries(one) == 0
    address = flow.confirm(begun).location
    # A scanner of links opens it before the operator does.
    for client in (one.visitor(), browser, browser):
        assert client.get(path_of(address)).status_int == 200
    assert flow.redeem(browser, address).status_int == 303


def test_no_page_of_the_hand_off_can_be_framed_or_kept(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    start = browser.get("/operator")
    begun = flow.begin(browser)
    confirm = flow.operator.get(path_of(begun))
    back = browser.get(path_of(flow.confirm(begun).location))
    for page in (start, confirm, back):
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "private, no-store"
    origins = re.compile(r"form-action ([^;]+);")
    said = [origins.search(page.headers["Content-Security-Policy"]) for page in (start, confirm, back)]
    assert [found[1] if found else "" for found in said] == [
        f"'self' https://{flow.console.host}",
        f"'self' https://{one.host}",
        "'self'",
    ]


def test_another_site_cannot_press_the_buttons(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    begun = flow.begin(browser)
    address = flow.code_for(browser)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    page = flow.operator.get(path_of(begun))
    assert page.forms["authorize"].submit(headers=foreign, expect_errors=True).status_int == 400
    callback = browser.get(path_of(address)).forms["callback"]
    assert callback.submit(headers=foreign, expect_errors=True).status_int == 400
    callback["csrf_token"] = "x"
    assert callback.submit(expect_errors=True).status_int == 400
    assert is_out(browser)


def test_the_console_says_who_may_enter(one: TenantHandle, flow: Flow) -> None:
    address = path_of(flow.begin(one.visitor()))
    stranger = flow.console.visitor().get(address, expect_errors=True)
    assert stranger.status_int == 401
    assert "sign-in" in stranger.text
    viewer = flow.console.signed_in("viewer")
    assert viewer.get(address, expect_errors=True).status_int == 404
    missing = address.replace(one.tenant.name, "nobody-of-this-name")
    assert viewer.get(missing, expect_errors=True).status_int == 404
    assert flow.operator.get(missing, expect_errors=True).status_int == 404


def test_a_token_of_the_console_makes_no_code(one: TenantHandle, flow: Flow) -> None:
    address = path_of(flow.begin(one.visitor()))
    assert flow.console.api("owner").get(address, expect_errors=True).status_int in {401, 403}
    assert entries(one) == 0


def test_nobody_enters_the_console_by_a_hand_off(flow: Flow) -> None:
    own = f"/operator/{flow.console.tenant.name}/authorize"
    assert flow.operator.get(own, expect_errors=True).status_int == 404
    assert flow.console.visitor().get("/operator/callback", expect_errors=True).status_int == 401
    assert flow.operator.get("/operator/callback", expect_errors=True).status_int == 404


def test_the_desk_is_on_the_consoles_host_alone(one: TenantHandle, two: TenantHandle) -> None:
    owner = one.signed_in("owner")
    for path in (f"/operator/{two.tenant.name}/authorize", f"/operator/{one.tenant.name}/authorize"):
        assert owner.get(path, expect_errors=True).status_int == 404


def test_secrets_are_not_in_the_database(one: TenantHandle, flow: Flow) -> None:
    browser = one.visitor()
    address = flow.code_for(browser)
    flow.redeem(browser, address)
    code = parts_of(address)["code"]
    secret = next(value for name, value in browser.cookies.items() if name.endswith("insula-operator"))
    assert len(code) == len(secret) == 43
    with one.work(writing=False) as work:
        row = work.db.scalars(select(Entry).where(Entry.tenant_id == one.tenant.id)).one()
        kept = repr({column.name: getattr(row, column.name) for column in Entry.__table__.columns})
    assert code not in kept
    assert secret not in kept
