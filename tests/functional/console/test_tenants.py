"""Tenants on the console: seen, put on plans, suspended and resumed, each with a question first."""

from __future__ import annotations

import pytest

from insula.kit.errors import Invalid, Stale
from insula.tenancy.interfaces import Tenants, find_tenant
from tests.functional.console.test_plans import told
from tests.functional.features.test_sections import change, most, plan, state


def standing(handle):
    return find_tenant(handle.installation.registry, handle.tenant.name)


def test_every_tenant_is_listed_with_its_host_plan_and_status(one, ops):
    page = ops.signed_in("owner").get("/admin/tenants")
    for text in (one.tenant.title, one.host, "Standard", "Open"):
        assert text in page


def test_a_plan_is_changed_after_what_it_would_do_was_seen(one, two, ops):
    small = plan(two, "Small", bounds=most(300), features={"streams": False})
    change(one, minutes=450)
    browser = ops.signed_in("owner")
    form = browser.get(f"/admin/tenants/{one.tenant.name}").forms["plan"]
    form["plan"] = small
    seen = form.submit()
    table = seen.html.find(id="moved").text
    assert "Lamps: Minutes" in table
    assert "450" in table
    assert "300" in table
    assert "Streams" in table
    assert (standing(one).plan, state(one).settings.minutes) == ("standard", 450)
    answer = seen.forms["assign"].submit()
    assert answer.status_int == 303
    assert "on this plan" in answer.follow()
    assert (standing(one).plan, state(one).settings.minutes) == (small, 300)
    event = told(one, "tenant.plan-changed")[-1]
    assert (event["before"], event["plan"]) == ("standard", small)
    # What was seen is of another plan by now.
    assert seen.forms["assign"].submit(status="*").status_int == 409


def test_a_plan_that_is_not_there_is_refused(one, ops):
    browser = ops.signed_in("owner")
    for name in ("nobodys", "installation", ""):
        browser.get(f"/admin/tenants/{one.tenant.name}/@@plan?plan={name}", status=422)
    browser.get("/admin/tenants/nobodys", status=404)
    assert standing(one).plan == "standard"


def test_suspending_and_resuming_ask_first_and_hold_at_once(one, two, ops):
    browser, url = ops.signed_in("owner"), f"/admin/tenants/{one.tenant.name}/@@status"
    one.visitor().get("/account/@@sign-in", status=200)
    asked = browser.get(url)
    assert "Suspend" in asked
    assert standing(one).status == "active"
    assert "Suspended." in asked.forms["status"].submit().follow()
    one.visitor().get("/account/@@sign-in", status=503)
    two.visitor().get("/account/@@sign-in", status=200)
    resumed = browser.get(url).forms["status"].submit().follow()
    assert "Resumed." in resumed
    one.visitor().get("/account/@@sign-in", status=200)


def test_the_operators_own_tenant_stays_open(ops):
    browser = ops.signed_in("owner")
    form = browser.get(f"/admin/tenants/{ops.tenant.name}/@@status").forms["status"]
    assert form.submit(status="*").status_int == 409
    api, url = ops.api("owner", elevated=True), f"/api/tenants/{ops.tenant.name}"
    tag = {"If-Match": api.get(url).headers["ETag"]}
    api.patch_json(url, {"status": "suspended"}, headers=tag, status=409)
    assert standing(ops).status == "active"


def test_a_form_without_its_token_is_refused(one, ops):
    browser = ops.signed_in("owner")
    for name, fields in (
        ("status", {"status": "suspended"}),
        ("plan", {"plan": "standard", "before": "standard"}),
    ):
        browser.post(f"/admin/tenants/{one.tenant.name}/@@{name}", fields, status=400)
    assert standing(one).status == "active"


def test_the_api_changes_a_tenant_by_its_version(one, two, ops):
    small = plan(two, "Small", bounds=most(300))
    api, url = ops.api("owner", elevated=True), f"/api/tenants/{one.tenant.name}"
    shown = api.get(url)
    assert (shown.json["plan"], shown.json["status"]) == ("standard", "active")
    tag = {"If-Match": shown.headers["ETag"]}
    weighed = api.patch_json(f"{url}?dry_run=true", {"plan": small}, headers=tag).json
    assert weighed["moved"] == [{"what": "Lamps: Minutes", "before": "600", "after": "300"}]
    assert standing(one).plan == "standard"
    changed = api.patch_json(url, {"plan": small, "status": "suspended"}, headers=tag)
    assert (changed.json["plan"], changed.json["status"]) == (small, "suspended")
    api.patch_json(url, {"status": "active"}, headers=tag, status=412)
    api.patch_json(url, {"status": "active"}, status=428)
    tag = {"If-Match": changed.headers["ETag"]}
    api.patch_json(url, {"status": "gone"}, headers=tag, status=422)
    api.patch_json(url, {"title": "x"}, headers=tag, status=422)
    assert api.patch_json(url, {"status": "active"}, headers=tag).json["status"] == "active"
    api.get("/api/tenants/nobodys", status=404)


def test_plan_and_status_are_changed_together_or_not_at_all(one, two, ops):
    small = plan(two, "Small", bounds=most(300))
    with one.work(writing=False) as work:
        tenants = work.find_service(Tenants)
    with pytest.raises(Invalid):
        tenants.change(one.tenant.name, plan="nobodys", status="suspended")
    assert (standing(one).plan, standing(one).status) == ("standard", "active")
    seen = ("standard", "active")
    changed = tenants.change(one.tenant.name, plan=small, status="suspended", expected=seen, actor="Ops")
    assert (changed.plan, changed.status) == (small, "suspended")
    # Whoever saw it as it was before changes nothing, whatever passed the check of the ETag.
    for values in ({"plan": "standard"}, {"status": "active"}, {"plan": "standard", "status": "active"}):
        with pytest.raises(Stale):
            tenants.change(one.tenant.name, **values, expected=seen)
    assert (standing(one).plan, standing(one).status) == (small, "suspended")
    assert standing(two).status == "active"


def test_a_dry_run_refuses_what_the_change_would_refuse(one, ops):
    api = ops.api("owner", elevated=True)
    for handle, body, status in (
        (one, {"plan": "nobodys"}, 422),
        (one, {"plan": "installation"}, 422),
        (ops, {"status": "suspended"}, 409),
    ):
        url = f"/api/tenants/{handle.tenant.name}"
        tag = {"If-Match": api.get(url).headers["ETag"]}
        for query in ("?dry_run=true", ""):
            api.patch_json(f"{url}{query}", body, headers=tag, status=status)
    assert (standing(one).plan, standing(ops).status) == ("standard", "active")
