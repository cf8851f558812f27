"""Service accounts: by API, on screens and by command."""

import pytest

from insula.accounts.interfaces import ServiceAccounts
from tests.functional.tokens.conftest import Person, bearer, service, token


def named(tenant, name):
    with tenant.work(writing=False) as work:
        return work.find_service(ServiceAccounts).by_name(name)


def test_a_service_account_is_made_changed_and_shut_out_by_api(one, two, owner):
    answer = owner.post("/api/services", {"name": "import", "roles": ["viewer"]}, status=201)
    path = f"/api/services/{answer.json['id']}"
    assert answer.headers["Location"].endswith(path)
    text = token(one, named(one, "import"))[1]
    bearer(one, text).get("/api/streams", status=200)
    etag = owner.get(path).headers["ETag"]
    changed = owner.patch(path, {"name": "night-import", "roles": ["editor", "viewer"]}, match=etag)
    assert (changed.json["name"], changed.json["roles"]) == ("night-import", ["editor", "viewer"])
    owner.patch(path, {"active": False}, match=etag, status=412)
    owner.patch(path, {"active": False}, match="", status=428)
    owner.patch(path, {"active": False}, match=changed.headers["ETag"])
    bearer(one, text).get("/api/streams", status=401)
    owner.patch(path, {"active": True})
    bearer(one, text).get("/api/streams", status=200)
    assert [each["name"] for each in owner.get("/api/services").json["data"]] == ["night-import"]
    stranger = Person(two, "owner")
    stranger.get(path, status=404)
    stranger.patch(path, {"active": False}, status=404)
    assert stranger.get("/api/services").json["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({}, 422, "name"),
        ({"name": ""}, 422, "name"),
        ({"name": "x" * 201}, 422, "name"),
        ({"name": "x", "roles": ["ghost"]}, 422, "roles"),
        ({"name": "x", "ghost": 1}, 422, "ghost"),
        ({"name": "import"}, 409, "name"),
    ],
)
def test_what_makes_no_service_account_is_told(one, owner, body, status, path):
    service(one, "import")
    problem = owner.post("/api/services", body, status=status).json
    assert problem["errors"][0]["path"] == path
    assert named(one, "x") is None


def test_a_name_is_taken_once(one, two, owner):
    service(one, "one")
    service(two, "two")
    path = f"/api/services/{service(one, 'three').id}"
    owner.patch(path, {"name": "one"}, status=409)
    owner.patch(path, {"name": "two"})
    owner.patch(path, {"name": "two"})


def test_only_owners_give_and_take_the_role_owner(one):
    admin, owner = Person(one, "admin"), Person(one, "owner")
    admin.post("/api/services", {"name": "x", "roles": ["owner"]}, status=403)
    path = f"/api/services/{service(one, 'y', 'viewer').id}"
    admin.patch(path, {"roles": ["viewer", "owner"]}, status=403)
    admin.patch(path, {"roles": ["editor"]})
    owner.patch(path, {"roles": ["owner"]})
    admin.patch(path, {"active": False}, status=403)
    admin.patch(path, {"roles": []}, status=403)
    owner.patch(path, {"active": False})


def test_a_service_gives_itself_no_roles(one):
    account = service(one, "import", "viewer")
    for elevated in (False, True):
        client = bearer(one, token(one, account, elevated=elevated)[1])
        client.patch_json(
            f"/api/services/{account.id}", {"roles": ["admin"]}, headers={"If-Match": "*"}, status=403
        )
    assert named(one, "import").own_roles == {"viewer"}


def test_a_person_is_no_service_account(one, owner):
    owner.get(f"/api/services/{owner.person.id}", status=404)
    owner.get(f"/admin/services/{owner.person.id}", status=404)
    account = service(one, "import")
    owner.get(f"/api/services/{str(account.id).upper()}", status=404)


def test_editors_see_no_service_accounts(one):
    account = service(one, "import")
    editor = Person(one, "editor")
    for path in (
        "/api/services",
        f"/api/services/{account.id}",
        "/admin/services",
        f"/admin/services/{account.id}",
    ):
        editor.get(path, status=404)
    editor.post("/api/services", {"name": "x"}, status=404)


def test_a_service_account_is_looked_after_on_screens(one, two):
    browser = one.signed_in("owner")
    form = browser.get("/admin/services/@@new").forms["new-service"]
    form["name"] = "import"
    for box in form.fields["roles"]:
        box.checked = box._value == "viewer"
    shown = form.submit(status=303).follow()
    assert "The service account is made." in shown.text
    assert named(one, "import").own_roles == {"viewer"}
    form = shown.forms["service"]
    form["name"] = "night import"
    for box in form.fields["roles"]:
        box.checked = box._value in {"viewer", "editor"}
    saved = form.submit(status=303).follow()
    assert named(one, "night import").own_roles == {"viewer", "editor"}
    stale = form.submit(status=412)
    assert "Somebody changed this account meanwhile" in stale.text
    text = token(one, named(one, "night import"))[1]
    ask = saved.click("Deactivate…")
    assert "Its token is refused" in ask.text
    out = ask.forms["deactivate"].submit(status=303).follow()
    bearer(one, text).get("/api/streams", status=401)
    out.forms["activate"].submit(status=303)
    bearer(one, text).get("/api/streams", status=200)
    listed = browser.get("/admin/services")
    assert listed.html.select_one("#list tbody th a").text == "night import"
    assert "night import" not in two.signed_in("owner").get("/admin/services").text


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(one):
    service(one, "import")
    browser = one.signed_in("owner")
    form = browser.get("/admin/services/@@new").forms["new-service"]
    form["name"] = "import"
    again = form.submit(status=409)
    assert "There is a service account import already." in again.text
    assert again.forms["new-service"]["name"].value == "import"
    assert again.html.select_one("#errors a[href='#f-name']")
