"""What the forms of sections say: errors of several settings, ways to sign in as boxes, lengths of time in words."""

from __future__ import annotations

from webtest.forms import Checkbox

from tests.functional.features.test_sections import plan


def submit(browser, name, **fields):
    form = browser.get(f"/admin/security/{name}").forms["section"]
    for field, value in fields.items():
        form[f"settings.{field}"] = value
    return form.submit(status="*")


def ticked(browser, field):
    form = browser.get("/admin/security/schemes").html.find("form", id="section")
    return [
        box["value"] for box in form.find_all("input", attrs={"name": f"settings.{field}", "checked": True})
    ]


def test_what_two_settings_make_together_is_told_at_each_with_its_title(one):
    browser = one.signed_in("owner")
    page = submit(browser, "tokens", days="90", days_max="30")
    assert page.status_int == 422
    links = {a["href"]: a.text for a in page.html.find(id="errors").find_all("a")}
    assert set(links) == {"#f-days", "#f-days_max"}
    assert all(
        "“Days, when nothing is said” must not be more than “Most days”." in text for text in links.values()
    )
    assert submit(browser, "tokens", days="20", days_max="30").status_int == 303

    answer = one.api("owner", elevated=True).patch_json(
        "/api/settings/tokens", {"settings": {"days": 31}}, headers={"If-Match": '"1"'}, status=422
    )
    assert [error["path"] for error in answer.json["errors"]] == ["settings.days", "settings.days_max"]


def test_ways_to_sign_in_are_boxes_and_unknown_ones_are_refused(one, two):
    browser = one.signed_in("owner")
    assert (ticked(browser, "site"), ticked(browser, "api")) == (["session"], ["session", "token"])
    page = browser.get("/admin/security/schemes")
    assert "`" not in page.html.main.text
    assert "People who signed in" in page
    form = page.forms["section"]
    for box in form.fields["settings.api"]:
        if isinstance(box, Checkbox) and box._value == "session":
            box.checked = False
    form.submit(status=303)
    assert ticked(browser, "api") == ["token"]
    assert ticked(two.signed_in("owner"), "api") == ["session", "token"]

    form = browser.get("/admin/security/schemes").forms["section"]
    for box in form.fields["settings.admin"]:
        if isinstance(box, Checkbox):
            box.checked = False
    refused = form.submit(status=422)
    assert "No owner could sign in any more" in refused
    assert ticked(browser, "admin") == ["session"]

    api = one.api("owner", elevated=True)
    body, headers = {"settings": {"api": ["token", "ghost"]}}, {"If-Match": '"1"'}
    error = api.patch_json("/api/settings/schemes", body, headers=headers, status=422).json["errors"][0]
    assert error["path"] == "settings.api"
    assert "session, token" in error["detail"]
    body = {"settings": {"api": ["token", "session"]}}
    api.patch_json("/api/settings/schemes", body, headers=headers)
    schema = api.get("/api/settings/schemes/schema").json
    assert schema["properties"]["api"]["items"]["enum"] == ["session", "token"]


def test_a_bad_network_is_told_in_words(one):
    page = submit(one.signed_in("owner"), "networks", api="10.0.0.0/33")
    assert page.status_int == 422
    assert "Use a network such as 192.0.2.0/24. You gave “10.0.0.0/33”." in page
    assert "IPv4" not in page


def test_seconds_are_said_in_hours_too(one):
    page = submit(one.signed_in("owner"), "sessions", idle="5400").follow()
    assert "= 1 hour 30 minutes" in page
    assert "= 12 hours" in page


def test_a_default_that_the_plan_narrows_is_not_called_changed(one, two):
    plan(one, bounds={"sessions": {"max": {"at_most": 3600}}})
    page = one.signed_in("owner").get("/admin/security/sessions")
    assert "That narrows the default, 43,200 (12 hours), to 3,600 (1 hour)." in page
    assert "You set" not in page
    assert "Changed. Default" not in page
    assert "never: these are the defaults, narrowed where a limit asks for it" in page
    assert "narrow" not in two.signed_in("owner").get("/admin/security/sessions").html.main.text
