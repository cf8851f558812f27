"""`/api/people`: who may read and change whom, and what is refused."""

import pytest

from tests.functional.people.conftest import Facts, Person

MISSING = "00000000-0000-4000-8000-000000000000"


def ids(answer):
    return {each["id"] for each in answer.json["data"]}


def test_the_list_has_people_and_machines_of_its_own_tenant_only(one, two, owner, editor):
    machine = one.api("viewer").get("/api/").json["caller"]["name"]
    stranger = two.person("editor")
    found = {each["id"]: each for each in owner.get("/api/people?limit=200").json["data"]}
    assert str(editor.id) in found
    assert str(stranger.id) not in found
    assert {"person", "service"} == {each["kind"] for each in found.values()}
    assert machine in {each["name"] for each in found.values()}
    assert found[str(editor.id)]["roles"] == found[str(editor.id)]["effective_roles"] == ["editor"]
    assert found[str(editor.id)]["last_seen_at"] is None
    assert found[owner.id]["last_seen_at"] is not None


def test_the_list_is_filtered_as_the_address_says(one, owner, editor, facts):
    facts.group("desk", ["viewer"], [editor.id])
    assert str(editor.id) in ids(owner.get(f"/api/people?find={editor.email[:20].upper()}"))
    assert ids(owner.get(f"/api/people?find={editor.email}")) == {str(editor.id)}
    assert ids(owner.get("/api/people?find=100%25_")) == set()
    assert ids(owner.get("/api/people?role=viewer")) == {str(editor.id)}
    assert owner.id not in ids(owner.get("/api/people?kind=service"))
    assert ids(owner.get("/api/people?state=inactive")) == set()


@pytest.mark.parametrize(
    ("query", "path"),
    [("role=edito", "role"), ("state=gone", "state"), ("kind=cat", "kind"), ("find=" + "x" * 201, "find")],
)
def test_a_filter_that_is_none_is_told(owner, query, path):
    answer = owner.get(f"/api/people?{query}", status=400)
    assert [each["path"] for each in answer.json["errors"]] == [path]


def test_pages_follow_by_a_cursor_that_is_good_here_only(one, two, owner):
    people = {str(one.person("viewer").id) for _ in range(5)}
    seen, path = [], "/api/people?role=viewer&limit=2"
    while path:
        answer = owner.get(path)
        seen += [each["id"] for each in answer.json["data"]]
        path = answer.headers["Link"].partition("<")[2].partition(">")[0] if "after" in answer.json else ""
    assert len(seen) == 5
    assert set(seen) == people
    after = owner.get("/api/people?role=viewer&limit=2").json["after"]
    owner.get(f"/api/people?limit=2&after={after}", status=400)
    Person(two).get(f"/api/people?role=viewer&limit=2&after={after}", status=400)
    Person(one, "admin").get(f"/api/people?role=viewer&limit=2&after={after}", status=400)


def test_one_person_is_read_and_an_unchanged_one_is_not_sent_again(owner, editor):
    answer = owner.get(f"/api/people/{editor.id}")
    assert answer.json["email"] == editor.email
    again = owner.get(f"/api/people/{editor.id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_int == 304


@pytest.mark.parametrize("role", ["editor", "author", "viewer", None])
def test_who_does_not_administer_finds_nobody_but_themselves(one, owner, role):
    person = Person(one, role)
    for path in (
        "/api/people",
        f"/api/people/{owner.id}",
        f"/api/people/{owner.id}/sessions",
        "/api/invitations",
    ):
        answer = person.get(path, status=404)
        assert answer.json["type"] == "/problems/not-found"
    assert person.get(f"/api/people/{person.id}").json["id"] == person.id
    person.send("PATCH", f"/api/people/{owner.id}", {"name": "x"}, match="*", status=404)


def test_who_does_not_administer_may_give_themselves_a_name_and_nothing_else(one, facts):
    person = Person(one, "viewer")
    assert person.patch(f"/api/people/{person.id}", {"name": "Ann"}).json["name"] == "Ann"
    for body in ({"roles": ["owner"]}, {"roles": []}, {"active": False}, {"groups": []}):
        if body == {"groups": []}:
            continue
        assert person.patch(f"/api/people/{person.id}", body, status=403).json["type"] == "/problems/refused"
    assert facts.account(person.browser.person.id).roles == {"viewer"}


def test_another_tenants_person_is_missing_in_every_way(one, two, owner):
    stranger = two.person("editor")
    for path in ("", "/sessions"):
        foreign = owner.get(f"/api/people/{stranger.id}{path}", status=404).json
        missing = owner.get(f"/api/people/{MISSING}{path}", status=404).json
        assert {**foreign, "request_id": ""} == {**missing, "request_id": ""}
    for method, path, body in (
        ("PATCH", "", {"active": False}),
        ("POST", "/send-reset", {}),
        ("DELETE", "/sessions", {}),
        ("DELETE", f"/sessions/{MISSING}", {}),
    ):
        owner.send(method, f"/api/people/{stranger.id}{path}", body, match="*", status=404)
    assert Facts(two).account(stranger.id).active


def test_a_patch_changes_name_roles_groups_and_state_together(owner, editor, facts):
    desk = facts.group("desk", ["author"])
    body = {"name": "Ed  Itor", "roles": ["viewer"], "groups": [str(desk.id)]}
    after = owner.patch(f"/api/people/{editor.id}", body).json
    assert (after["name"], after["roles"], after["effective_roles"]) == (
        "Ed Itor",
        ["viewer"],
        ["author", "viewer"],
    )
    assert after["groups"] == [str(desk.id)]
    assert owner.patch(f"/api/people/{editor.id}", {"active": False}).json["active"] is False


def test_what_is_read_can_be_sent_back_and_what_only_we_write_cannot_be_changed(owner, editor):
    whole = owner.get(f"/api/people/{editor.id}").json
    assert owner.patch(f"/api/people/{editor.id}", {**whole, "name": "Else"}).json["name"] == "Else"
    answer = owner.patch(
        f"/api/people/{editor.id}", {"email": "x@example.com", "kind": "service"}, status=422
    )
    assert {each["path"] for each in answer.json["errors"]} == {"email", "kind"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": 7}, "name"),
        ({"roles": ["edito"]}, "roles"),
        ({"roles": "editor"}, "roles"),
        ({"groups": [MISSING]}, "groups"),
        ({"groups": ["desk"]}, "groups.0"),
        ({"active": "no"}, "active"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(owner, editor, facts, body, path):
    answer = owner.patch(f"/api/people/{editor.id}", body, status=422)
    assert answer.json["errors"][0]["path"] == path
    assert facts.account(editor.id) == editor


def test_a_change_needs_the_version_it_is_based_on(owner, editor, facts):
    owner.send("PATCH", f"/api/people/{editor.id}", {"name": "A"}, status=428)
    tag = owner.get(f"/api/people/{editor.id}").headers["ETag"]
    owner.send("PATCH", f"/api/people/{editor.id}", {"roles": ["viewer"]}, match=tag)
    owner.send("PATCH", f"/api/people/{editor.id}", {"roles": ["author"]}, match=tag, status=412)
    assert facts.account(editor.id).roles == {"viewer"}


def test_an_administrator_gives_every_role_but_owner(admin, editor, facts):
    assert admin.patch(f"/api/people/{editor.id}", {"roles": ["admin"]}).json["roles"] == ["admin"]
    answer = admin.patch(f"/api/people/{editor.id}", {"roles": ["owner"]}, status=403)
    assert answer.json["detail"] == "Only an owner may give or take the role owner."
    desk = facts.group("board", ["owner"])
    answer = admin.patch(f"/api/people/{editor.id}", {"groups": [str(desk.id)]}, status=403)
    assert answer.json["detail"] == "Only an owner may give or take the role owner."
    assert facts.account(editor.id).roles == {"admin"}


@pytest.mark.parametrize(
    "body", [{"name": "Renamed"}, {"roles": []}, {"roles": ["owner", "viewer"]}, {"active": False}]
)
def test_an_administrator_changes_nothing_of_an_owner(one, admin, facts, body):
    boss = one.person("owner")
    assert admin.get(f"/api/people/{boss.id}").json["roles"] == ["owner"]
    answer = admin.patch(f"/api/people/{boss.id}", body, status=403)
    assert answer.json["detail"] == "Only an owner may change an owner."
    assert facts.account(boss.id) == boss


def test_an_administrator_ends_no_session_of_an_owner_and_sends_no_reset(one, admin):
    boss = Person(one)
    for method, path in (("DELETE", "/sessions"), ("POST", "/send-reset")):
        answer = admin.send(method, f"/api/people/{boss.id}{path}", status=403)
        assert answer.json["detail"] == "Only an owner may change an owner."
    assert boss.get("/api/people").status_int == 200


def test_the_last_owner_stays(owner, facts):
    for body in ({"roles": []}, {"active": False}):
        answer = owner.patch(f"/api/people/{owner.id}", body, status=409)
        assert answer.json["type"] == "/problems/conflict"
    assert facts.account(owner.browser.person.id).roles == {"owner"}


def test_a_deactivated_person_is_out_at_the_next_request_in_another_process(installation, one, owner):
    person = Person(one, "editor")
    elsewhere = installation.another_process().client(one.host)
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in person.browser.cookies.items())}
    assert elsewhere.get("/account", headers=cookies).status_int == 200
    owner.patch(f"/api/people/{person.id}", {"active": False})
    assert elsewhere.get("/account", headers=cookies, status="*").status_int == 401
    owner.patch(f"/api/people/{person.id}", {"active": True})
    assert one.signed_in("editor").get("/account").status_int == 200


def test_sessions_are_listed_and_ended_one_by_one_or_all(one, owner):
    person = Person(one, "editor")
    listed = owner.get(f"/api/people/{person.id}/sessions").json["data"]
    assert [each["address"] for each in listed] == ["192.0.2.1"]
    assert "secret" not in str(listed)
    path = f"/api/people/{person.id}/sessions/{listed[0]['id']}"
    assert owner.send("DELETE", path).json == {"ended": 1}
    owner.send("DELETE", path, status=404)
    person.get("/account", status=401)
    again = Person(one, "author")
    assert owner.send("DELETE", f"/api/people/{again.id}/sessions").json == {"ended": 1}
    again.get("/account", status=401)


def test_a_session_is_ended_by_the_account_it_belongs_to(one, owner):
    person, other = Person(one, "editor"), Person(one, "editor")
    session = owner.get(f"/api/people/{person.id}/sessions").json["data"][0]["id"]
    owner.send("DELETE", f"/api/people/{other.id}/sessions/{session}", status=404)
    assert person.get("/account").status_int == 200


def test_ending_ones_own_sessions_leaves_the_one_that_asks(owner):
    assert owner.send("DELETE", f"/api/people/{owner.id}/sessions").json == {"ended": 0}
    assert owner.get("/api/people").status_int == 200


def test_a_reset_letter_is_sent_to_a_person_and_not_to_a_machine(one, owner, editor, facts):
    assert owner.send("POST", f"/api/people/{editor.id}/send-reset").status_int == 202
    assert [each.to for each in facts.letters("reset")] == [editor.email]
    one.token("viewer")
    machine = owner.get("/api/people?kind=service").json["data"][0]["id"]
    owner.send("POST", f"/api/people/{machine}/send-reset", status=409)


def test_a_token_changes_nobody_unless_it_was_made_to_administer(one, editor, facts):
    api = one.api("owner")
    tag = api.get(f"/api/people/{editor.id}").headers["ETag"]
    answer = api.patch_json(f"/api/people/{editor.id}", {"roles": []}, headers={"If-Match": tag}, status=403)
    assert "administration token" in answer.json["detail"]
    api.post_json("/api/invitations", {"emails": ["new@example.com"]}, status=403)
    api.post_json("/api/roles", {"name": "press", "title": "Press"}, status=403)
    api.post_json("/api/groups", {"name": "desk", "title": "Desk"}, status=403)
    assert facts.account(editor.id) == editor


def test_an_administration_token_changes_people(one, editor, facts):
    api = one.api("owner", elevated=True, days=1)
    tag = api.get(f"/api/people/{editor.id}").headers["ETag"]
    api.patch_json(f"/api/people/{editor.id}", {"roles": ["viewer"]}, headers={"If-Match": tag})
    assert facts.account(editor.id).roles == {"viewer"}
    api.post_json("/api/invitations", {"emails": ["new@example.com"], "roles": ["editor"]}, status=201)
