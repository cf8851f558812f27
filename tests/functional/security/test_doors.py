"""What a tenant sets of its doors: schemes, networks, and who may read the API. Each holds at the next request."""

import re

import pytest

from insula.features.interfaces import Sections
from insula.kit.errors import Invalid
from insula.website.interfaces import PageDraft, Pages
from tests.functional.features.test_sections import plan
from tests.functional.tokens.conftest import Person

INSIDE, OUTSIDE = {"REMOTE_ADDR": "198.51.100.4"}, {"REMOTE_ADDR": "203.0.113.4"}
NETWORK = ["198.51.100.0/24", "2001:db8::/32"]
ORIGIN = "https://app.example.com"
SECTIONS = "/api/settings"


def change(tenant, name, **settings):
    with tenant.work() as work:
        return work.find_service(Sections).change(name, settings=settings, actor=None)


def from_(client, environ):
    client.extra_environ.update(environ)
    return client


def test_a_scheme_that_is_off_at_a_door_does_not_count_there_in_any_process(installation, one, two):
    here, there = one.api("owner"), installation.another_process().client(one.host)
    there.authorization = here.authorization
    for client in (here, there):
        client.get("/api/pages", status=200)
    change(one, "schemes", api=["session"])
    for client in (here, there):
        client.get("/api/pages", status=401)
    two.api("owner").get("/api/pages", status=200)
    one.signed_in("owner").get("/api/pages", status=200)
    change(one, "schemes", api=["token"])
    for client in (here, there):
        client.get("/api/pages", status=200)
    one.signed_in("owner").get("/api/pages", status=401)


def test_tokens_are_for_the_api_alone_until_the_tenant_says_otherwise(one, two):
    for tenant in (one, two):
        tenant.api("owner").get("/admin/", status=401)
    change(one, "schemes", admin=["session", "token"])
    one.api("owner").get("/admin/", status=200)
    two.api("owner").get("/admin/", status=401)


def test_people_sign_in_for_the_administration_where_the_site_knows_nobody(one):
    with one.work() as work:
        work.find_service(Pages).create(PageDraft(path="/draft", title="Draft"))
    owner = one.signed_in("owner")
    owner.get("/draft", status=200)
    change(one, "schemes", site=[])
    owner.get("/draft", status=404)
    owner.get("/admin/", status=200)
    one.signed_in("owner").get("/admin/", status=200)


@pytest.mark.parametrize("admin", [[], ["token"], ["session", "carrier pigeon"]])
def test_an_administration_that_no_owner_could_sign_in_to_is_refused(one, admin):
    with pytest.raises(Invalid) as refused:
        change(one, "schemes", admin=admin)
    assert refused.value.errors[0].path == "settings.admin"
    one.signed_in("owner").get("/admin/", status=200)


@pytest.mark.parametrize(("door", "path"), [("admin", "/admin/"), ("api", "/api/pages")])
def test_who_comes_from_outside_is_refused_before_any_name_is_looked_up(installation, one, two, door, path):
    change(one, "networks", **{door: NETWORK})
    make = one.signed_in if door == "admin" else one.api
    owner, processes = make("owner"), (installation, installation.another_process())
    from_(owner, INSIDE).get(path, status=200)
    from_(owner, {"REMOTE_ADDR": "2001:db8::7"}).get(path, status=200)
    from_(owner, OUTSIDE)
    for address in (path, f"/{door}/nothing", f"/x/../{door}/nothing", f"//{door}/"):
        refused = owner.get(address, status=403)
        assert "Your network may not be used for this." in refused.text
        assert "setting:" not in refused.text
    for process in processes:
        process.client(one.host, **OUTSIDE).get(path, status=401)
        process.client(one.host, **OUTSIDE).get(f"/{door}/nothing", status=401)
    other = (two.signed_in if door == "admin" else two.api)("owner")
    from_(other, OUTSIDE).get(path, status=200)
    # The site, and signing in, are reached from everywhere.
    from_(owner, OUTSIDE).get("/account/@@sign-in", status="*")
    from_(one.visitor(), OUTSIDE).get("/account/@@sign-in", status=200)


@pytest.mark.parametrize("door", ["api", "admin"])
def test_a_change_that_would_shut_out_who_makes_it_is_refused_and_the_command_line_may(one, door):
    owner = from_(one.signed_in("owner"), OUTSIDE)
    if door == "admin":
        page = owner.get("/admin/security/networks")
        form = next(
            form for form in page.forms.values() if "settings.admin" in form.fields or "admin" in form.fields
        )
        field = "settings.admin" if "settings.admin" in form.fields else "admin"
        form[field] = "\n".join(NETWORK)
        refused = form.submit(status=422)
    else:
        token = re.search(r'name="csrf_token" value="([^"]+)"', owner.get("/account/@@password").text)[1]
        headers = {"If-Match": owner.get(f"{SECTIONS}/networks").headers["ETag"], "X-CSRF-Token": token}
        body = {"settings": {"api": NETWORK}}
        refused = owner.patch_json(f"{SECTIONS}/networks", body, headers=headers, status=422)
        assert refused.json["errors"][0]["path"] == "settings.api"
    assert "You are at 203.0.113.4" in refused.text
    change(one, "networks", **{door: NETWORK})
    path = "/admin/" if door == "admin" else SECTIONS
    owner.get(path, status=403)
    change(one, "networks", **{door: []})
    owner.get(path, status=200)


def test_only_an_owner_changes_how_and_from_where_one_comes_in(one):
    owner, admin = Person(one), Person(one, "admin")
    for name, settings in (("networks", {"admin": ["192.0.2.0/24"]}), ("schemes", {"site": []})):
        refused = admin.patch(f"{SECTIONS}/{name}", {"settings": settings}, status=403)
        assert "Only an owner" in refused.json["detail"]
        form = {"csrf_token": admin.token}
        admin.client.post(f"/admin/security/{name}", form, status=403)
        owner.patch(f"{SECTIONS}/{name}", {"settings": settings}, status=200)
    admin.patch(f"{SECTIONS}/api_access", {"settings": {"visitors": True}}, status=200)


def test_by_the_api_nobody_shuts_themselves_out_of_any_door(one, two):
    owner = Person(one)
    for door in ("admin", "api"):
        body = {"settings": {door: ["203.0.113.0/24"]}}
        refused = owner.patch(f"{SECTIONS}/networks", body, status=422).json
        assert [error["path"] for error in refused["errors"]] == [f"settings.{door}"]
    refused = owner.patch(f"{SECTIONS}/schemes", {"settings": {"api": []}}, status=422).json
    assert [error["path"] for error in refused["errors"]] == ["settings.api"]
    owner.get("/admin/", status=200)
    owner.get(SECTIONS, status=200)
    both = {"admin": ["192.0.2.0/24"], "api": ["192.0.2.1/32"]}
    owner.patch(f"{SECTIONS}/networks", {"settings": both}, status=200)
    owner.patch(f"{SECTIONS}/schemes", {"settings": {"api": ["session"]}}, status=200)
    change(one, "schemes", api=[])
    owner.get(SECTIONS, status=401)
    two.api("owner").get(SECTIONS, status=200)


def test_a_list_that_a_plan_binds_is_not_left_by_emptying_it(one, two):
    change(one, "networks", api=["203.0.113.0/24", "192.0.2.0/24"])
    inside = {"one_of": ["192.0.2.0/24", "198.51.100.0/24"]}
    bounds = {"networks": {"admin": inside, "api": inside}, "api_access": {"origins": {"one_of": [ORIGIN]}}}
    change(one, "api_access", origins=["https://old.example.com"])
    plan(one, bounds=bounds)
    found = change(one, "networks", admin=["198.51.100.0/24"]).settings
    assert (found.admin, found.api) == (["198.51.100.0/24"], ["192.0.2.0/24"])
    with pytest.raises(Invalid) as refused:
        change(one, "networks", admin=[])
    assert refused.value.errors[0].path == "settings.admin"
    assert change(one, "networks", admin=None).settings.admin == inside["one_of"]
    owner = one.signed_in("owner")
    from_(owner, INSIDE).get("/admin/", status=200)
    from_(owner, OUTSIDE).get("/admin/", status=403)
    # An empty list of origins is none of them, which every bound allows, and none is what an old one leaves.
    assert change(one, "api_access", visitors=True).settings.origins == []
    assert change(one, "api_access", origins=[ORIGIN]).settings.origins == [ORIGIN]
    assert change(one, "api_access", origins=[]).settings.origins == []
    from_(two.signed_in("owner"), OUTSIDE).get("/admin/", status=200)


@pytest.mark.parametrize(
    "bad", ["everywhere", "198.51.100.4/24", "", "300.1.1.1", "198.51.100.0/33", "fe80::1%eth0/128"]
)
def test_what_is_no_network_is_refused_with_its_place(one, bad):
    with pytest.raises(Invalid) as refused:
        change(one, "networks", admin=[bad])
    assert refused.value.errors[0].path.startswith("settings.admin")


def test_an_api_that_is_open_answers_visitors_what_the_policy_lets_them_view(one, two):
    ids = {}
    for tenant in (one, two):
        tenant.visitor().get("/api/pages", status=401)
        with tenant.work() as work:
            pages = work.find_service(Pages)
            drafts = [pages.create(PageDraft(path=f"/{name}", title=name)) for name in ("shown", "draft")]
            pages.publish(drafts[0].id)
            ids[tenant.host] = [page.id for page in drafts]
    change(one, "api_access", visitors=True)
    shown, draft = ids[one.host]
    visitor = one.visitor()
    assert [page["id"] for page in visitor.get("/api/pages").json["data"]] == [str(shown)]
    assert visitor.get(f"/api/pages/{shown}").json["title"] == "shown"
    missing = [
        visitor.get(path, status=404)
        for path in (
            f"/api/pages/{draft}",
            f"/api/pages/{ids[two.host][0]}",
            "/api/pages/nothing",
            "/api/",
            "/api/nothing",
            "/api/policy",
            "/api/tokens",
            "/api/audit",
            "/api/settings",
            "/api/limits",
        )
    ]
    seen = [
        ({n: v for n, v in each.headers.items() if n != "X-Request-ID"}, {**each.json, "request_id": ""})
        for each in missing
    ]
    assert all(each == seen[0] for each in seen)
    for method in ("post", "patch", "delete"):
        getattr(visitor, method)(f"/api/pages/{shown}", status=401)
    wrong = one.visitor()
    wrong.authorization = ("Bearer", "insula_nothing")
    for path in ("/api/pages", "/api/nothing"):
        wrong.get(path, status=401)
    two.visitor().get("/api/pages", status=401)
    one.visitor().get("/admin/", status=401)


def preflight(client, origin, method="PATCH"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options("/api/pages/x", headers=asked, status="*")


def test_a_page_of_a_listed_origin_may_call_the_api_and_no_other_may(one, two):
    change(one, "api_access", origins=[ORIGIN])
    allowed = preflight(one.visitor(), ORIGIN)
    assert allowed.status_int == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"Authorization", "Idempotency-Key", "If-Match"} <= set(
        allowed.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Origin" in allowed.headers["Vary"]
    api = one.api("owner")
    answer = api.get("/api/pages", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"ETag", "Link", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert "Origin" in answer.headers["Vary"]
    refused = api.get("/api/nothing", headers={"Origin": ORIGIN}, status=404)
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    plain = api.get("/api/pages")
    assert "Origin" in plain.headers["Vary"]
    for response in (
        plain,
        preflight(two.visitor(), ORIGIN),
        two.api("owner").get("/api/pages", headers={"Origin": ORIGIN}),
    ):
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://sub.app.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://APP.example.com",
        "https://user@app.example.com",
        "https://app.example.com, https://evil.example",
        "null",
        "*",
        "",
    ],
)
def test_an_unknown_origin_is_never_repeated(one, origin):
    change(one, "api_access", origins=[ORIGIN])
    for response in (
        preflight(one.visitor(), origin),
        one.api("owner").get("/api/pages", headers={"Origin": origin}),
    ):
        assert not [name for name in response.headers if name.startswith("Access-Control")]
        assert response.status_int != 204


def test_cookies_never_count_across_origins(one):
    change(one, "api_access", origins=[ORIGIN])
    owner = one.signed_in("owner")
    answer = owner.get("/api/pages", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in preflight(owner, ORIGIN).headers
    refused = owner.post_json(
        "/api/pages", {"path": "/", "title": "x", "blocks": []}, headers={"Origin": ORIGIN}, status="*"
    )
    assert refused.status_int == 400


def test_only_the_api_is_opened_to_other_origins(one):
    change(one, "api_access", origins=[ORIGIN])
    for path in ("/", "/admin/", "/account/@@sign-in", "/robots.txt"):
        answer = one.visitor().get(path, headers={"Origin": ORIGIN}, status="*")
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "bad",
    [
        "*",
        "https://*.example.com",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://a b",
        "ftp://x",
        "https://",
        "https://x:99999",
        "https://u@x",
        "https://x?y",
    ],
)
def test_what_is_no_origin_is_refused_with_its_place(one, bad):
    with pytest.raises(Invalid) as refused:
        change(one, "api_access", origins=[bad])
    assert refused.value.errors[0].path.startswith("settings.origins")
