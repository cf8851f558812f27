"""The doors of sections: screens, API and commands, who may use them, and what they refuse."""

from __future__ import annotations

import pytest

from insula.features.interfaces import Sections
from insula.settings.security_commands import setting
from tests import terminal
from tests.functional.features import conftest
from tests.functional.features.test_sections import change, most, plan

installation = conftest.installation

URL, API = "/admin/security/lamps", "/api/settings/lamps"


def state(handle):
    with handle.work(writing=False) as work:
        return work.find_service(Sections).state("lamps")


def submit(browser, **fields):
    form = browser.get(URL).forms["section"]
    for name, value in fields.items():
        form[f"settings.{name.replace('__', '.')}"] = value
    return form.submit(status="*")


def run(handle, *arguments):
    return terminal.run(setting, handle.installation, *arguments, "--tenant", handle.tenant.name)


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_who_manages_the_tenant_sees_the_list_and_the_forms(one, role):
    browser = one.signed_in(role)
    listing = browser.get("/admin/security")
    assert listing.html.h1.text == "Security"
    assert listing.html.find("a", href=URL).text == "Lamps"
    page = browser.get(URL)
    assert page.forms["section"].method == "post"
    assert "Default: 600" in page
    assert "At most 50,000, set by the installation." in page


@pytest.mark.parametrize("role", ["editor", "author", "viewer"])
def test_who_does_not_manage_the_tenant_finds_nothing_there(one, role):
    browser = one.signed_in(role)
    for url in ("/admin/security", URL, "/admin/security/limits", "/admin/security/ghosts"):
        browser.get(url, status=404)
    api = one.api(role, elevated=True)
    for url in ("/api/settings", API, "/api/settings/limits"):
        api.get(url, status=404)
    api.patch_json(API, {"settings": {"minutes": 1}}, headers={"If-Match": '"0"'}, status=404)
    assert state(one).version == 0


def test_a_session_and_a_token_of_another_tenant_are_nobody_here(one, two):
    browser, client = one.signed_in("owner"), two.visitor()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookiejar)
    client.get(URL, headers={"Cookie": cookies}, status=401)
    client.authorization = ("Bearer", one.token("owner"))
    client.get(API, status=401)
    client.patch_json(API, {"settings": {"minutes": 1}}, headers={"If-Match": '"0"'}, status=401)
    assert state(two).version == 0


def test_a_form_is_saved_and_says_who_changed_it(one, two):
    browser = one.signed_in("admin")
    answer = submit(browser, minutes="1,200", colour="red")
    assert answer.status_int == 303
    page = answer.follow()
    assert "Saved. The change holds from the next request on." in page
    assert "by Admin" in page
    found = state(one)
    assert (found.settings.minutes, found.settings.colour, found.version) == (1200, "red", 1)
    assert state(two).version == 0


def test_saving_what_is_in_force_changes_nothing_even_where_a_bound_moved_it(one):
    change(one, minutes=900)
    plan(one, bounds=most(300))
    answer = submit(one.signed_in("admin"))
    assert "Nothing was different" in answer.follow()
    assert (state(one).own.minutes, state(one).version) == (900, 1)


def test_a_value_outside_the_plan_is_refused_at_its_field_with_who_sets_it(one):
    plan(one, bounds=most(300))
    answer = submit(one.signed_in("owner"), minutes="301")
    assert answer.status_int == 422
    assert "Minutes: At most 300, set by your plan." in answer.html.find(id="errors").text
    assert answer.forms["section"]["settings.minutes"].value == "301"
    assert state(one).version == 0


def test_two_people_never_overwrite_each_other(one):
    browser = one.signed_in("admin")
    form = browser.get(URL).forms["section"]
    change(one, minutes=30)
    form["settings.minutes"] = "40"
    answer = form.submit(status="*")
    assert answer.status_int == 412
    assert "changed it meanwhile" in answer
    assert state(one).settings.minutes == 30


def test_a_form_without_its_token_is_refused(one):
    browser = one.signed_in("owner")
    browser.post(URL, {"version": "0", "settings.minutes": "1"}, status=400)
    assert state(one).version == 0


def test_a_secret_is_set_kept_and_removed_and_never_shown(one):
    browser = one.signed_in("owner")
    submit(browser, key="swordfish")
    page = browser.get(URL)
    assert "swordfish" not in page
    assert "Leave it empty to keep it." in page
    assert "swordfish" not in one.api("owner").get(API)
    submit(browser, minutes="30")
    assert state(one).settings.key.get_secret_value() == "swordfish"
    submit(browser, key__remove=True)
    assert state(one).settings.key is None


def test_the_limits_name_what_plan_and_installation_fix(one, two):
    rule = '@id("no-night") @reason("Not at \\"night\\"; ever.") forbid(principal, action, resource) when { false };'
    change(one, minutes=900)
    plan(
        one,
        "Small plan",
        bounds=most(300),
        features={"streams": False},
        policy=f"// A comment; of two.\n{rule}",
    )
    page = one.signed_in("admin").get("/admin/security/limits")
    for text in ("Small plan", "Set by your plan", "At most 300.", "narrowed", "not part of your plan"):
        assert text in page, text
    assert 'Not at "night"; ever.' in page.html.text
    told = one.api("admin").get("/api/settings/limits").json
    assert [(each["source"], each["name"]) for each in told["rules"]] == [("plan", "no-night")]
    assert {each["id"] for each in told["features"]} == {"streams"}
    other = two.api("admin").get("/api/settings/limits").json
    assert (other["plan"]["name"], other["features"], other["rules"]) == ("standard", [], [])
    shown = run(one, "limits")
    assert shown.exit_code == 0
    assert "lamps.minutes = 300: At most 300, set by your plan." in shown.output


def test_the_api_lists_shows_and_changes(one, two):
    api = one.api("admin", elevated=True)
    assert "lamps" in {each["id"] for each in api.get("/api/settings").json["data"]}
    shown = api.get(API)
    assert shown.json["settings"]["minutes"] == 600
    assert shown.json["bounds"]["minutes"]["at_most"] == 50_000
    changed = api.patch_json(
        API, {"settings": {"minutes": 30, "key": "swordfish"}}, headers={"If-Match": shown.headers["ETag"]}
    )
    assert changed.json["settings"]["minutes"] == 30
    assert changed.json["settings"]["key"]["set"] is True
    api.patch_json(
        API, {"settings": {"minutes": 40}}, headers={"If-Match": shown.headers["ETag"]}, status=412
    )
    api.patch_json(API, {"settings": {"minutes": 40}}, status=428)
    assert two.api("admin").get(API).json["settings"] == {**shown.json["settings"]}


def test_the_api_tells_each_bad_field(one):
    plan(one, bounds=most(300))
    api = one.api("admin", elevated=True)
    tag = {"If-Match": '"0"'}
    answer = api.patch_json(API, {"settings": {"minutes": 900, "ghost": 1}}, headers=tag, status=422)
    assert {each["path"] for each in answer.json["errors"]} == {"settings.minutes", "settings.ghost"}
    answer = api.patch_json(API, {"minutes": 9}, headers=tag, status=422)
    assert answer.json["errors"] == [{"path": "minutes", "detail": "Only settings can be changed."}]
    api.patch_json(API, {"settings": []}, headers=tag, status=422)
    api.get("/api/settings/ghosts", status=404)


def test_an_answer_is_new_when_the_plan_moved_though_the_section_did_not(one):
    api = one.api("admin", elevated=True)
    tag = api.get(API).headers["ETag"]
    api.get(API, headers={"If-None-Match": tag}, status=304)
    plan(one, bounds=most(300))
    assert api.get(API, headers={"If-None-Match": tag}).json["settings"]["minutes"] == 300


def test_the_command_lists_shows_and_sets(one, two):
    assert "lamps" in run(one, "list").output
    assert "minutes = 600" in run(one, "show", "lamps").output
    done = run(one, "set", "lamps", "minutes=30", "names=a", "names=b", "key=swordfish")
    assert done.exit_code == 0, done.output
    assert "minutes: 600 -> 30" in done.output
    assert state(one).settings.names == ["a", "b"]
    shown = run(one, "show", "lamps").output
    assert "key: set on" in shown
    assert "swordfish" not in shown
    assert run(one, "set", "lamps", "key=null").exit_code == 0
    assert state(one).settings.key is None
    assert state(two).version == 0


def test_the_command_refuses_what_the_plan_does(one):
    plan(one, bounds=most(300))
    refused = run(one, "set", "lamps", "minutes=301")
    assert refused.exit_code != 0
    assert state(one).version == 0


def test_a_feature_that_is_no_part_of_the_plan_cannot_be_switched_on(one, two):
    plan(one, features={"streams": False})
    assert one.api("admin").get("/api/features/streams").json["withheld"] == "not part of your plan"
    one.api("admin").get("/api/streams", status=404)
    two.api("admin").get("/api/streams", status=200)
    tag = {"If-Match": '"0"'}
    answer = one.api("admin").patch_json("/api/features/streams", {"on": True}, headers=tag, status=409)
    assert answer.json["errors"][0]["detail"].endswith("is not part of your plan.")
    page = one.signed_in("admin").get("/admin/features/streams")
    assert "not part of your plan" in page
    plan(one)
    one.api("admin").get("/api/streams", status=200)


def test_only_an_administration_token_changes_how_a_site_is_secured(one, two):
    tag = {"If-Match": "*"}
    body = {"settings": {"idle": 900}}
    plain = one.api("owner")
    refused = plain.patch_json("/api/settings/sessions", body, headers=tag, status=403).json
    assert "administration token" in refused["detail"]
    assert plain.get("/api/settings/sessions").json["settings"]["idle"] != 900
    elevated = one.api("owner", elevated=True)
    assert elevated.patch_json("/api/settings/sessions", body, headers=tag).json["settings"]["idle"] == 900
    assert two.api("owner").get("/api/settings/sessions").json["settings"]["idle"] != 900
