"""Groups: their roles, their members, and whom they may touch."""

from tests.functional.people.conftest import Facts, Person

MISSING = "00000000-0000-4000-8000-000000000000"


def test_a_group_is_made_changed_and_deleted_by_screen(owner, editor, facts):
    assert "No groups yet" in owner.get("/admin/groups").text
    form = owner.get("/admin/groups/@@new").forms["group"]
    form["title"], form["name"] = "Newsroom", "news"
    next(box for box in form.fields["roles"] if box._value == "author").checked = True
    here = form.submit().location.partition("?")[0].partition("localhost")[2]
    answer = owner.form(f"{here}/@@add-members", [("emails", editor.email.upper())])
    assert answer.location.endswith("?notice=members-changed")
    assert facts.account(editor.id).roles == {"editor", "author"}
    assert editor.email in owner.get(here).text
    form = owner.get(here).forms["group"]
    form["title"] = "News"
    next(box for box in form.fields["roles"] if box._value == "author").checked = False
    form.submit()
    assert facts.account(editor.id).roles == {"editor"}
    assert facts.groups()["news"].title == "News"
    assert "loses nothing" in owner.get(f"{here}/@@delete").text
    owner.form(f"{here}/@@delete", [])
    assert facts.groups() == {}


def test_deleting_says_what_is_taken_from_how_many(owner, editor, facts):
    group = facts.group("desk", ["author", "viewer"], [editor.id])
    page = owner.get(f"/admin/groups/{group.id}/@@delete")
    assert "1 account loses what the group gives: Author, Viewer." in " ".join(page.text.split())


def test_a_group_is_made_changed_and_deleted_by_the_api(owner, editor, facts):
    made = owner.send(
        "POST", "/api/groups", {"name": "desk", "title": "Desk", "roles": ["viewer"]}, status=201
    )
    path = made.headers["Location"]
    assert owner.get(path).json == made.json
    assert owner.send("POST", f"{path}/members", {"accounts": [str(editor.id)]}).json["members"] == 1
    assert [each["id"] for each in owner.get(f"{path}/members").json["data"]] == [str(editor.id)]
    assert owner.patch(path, {"title": "The desk", "roles": ["author"]}).json["roles"] == ["author"]
    owner.send("PATCH", path, {"title": "Late"}, match=made.headers["ETag"], status=412)
    assert facts.account(editor.id).roles == {"editor", "author"}
    assert owner.send("DELETE", f"{path}/members/{editor.id}").json["members"] == 0
    owner.send("DELETE", f"{path}/members/{editor.id}", status=404)
    owner.send("DELETE", path)
    owner.get(path, status=404)
    assert owner.get("/api/groups").json["data"] == []


def test_what_cannot_be_is_told_with_its_place(owner, two, facts):
    owner.send("POST", "/api/groups", {"name": "A B", "title": "x"}, status=422)
    owner.send("POST", "/api/groups", {"name": "desk"}, status=422)
    group = facts.group("desk")
    owner.send("POST", "/api/groups", {"name": "desk", "title": "Desk"}, status=409)
    stranger = two.person("editor")
    for account in (str(stranger.id), MISSING):
        answer = owner.send("POST", f"/api/groups/{group.id}/members", {"accounts": [account]}, status=422)
        assert answer.json["errors"] == [{"path": "members", "detail": f"There is no account {account}."}]
    emails = f"{stranger.email}\nnobody@example.com"
    answer = owner.form(f"/admin/groups/{group.id}/@@add-members", [("emails", emails)], status=422)
    assert "Line 2: Nobody here has the e-mail nobody@example.com." in answer.text
    assert facts.members(group) == set()


def test_a_member_leaves_and_so_do_the_roles(owner, editor, facts):
    group = facts.group("desk", ["viewer"], [editor.id])
    owner.form(f"/admin/groups/{group.id}/@@remove-member", [("id", str(editor.id))])
    assert facts.account(editor.id).roles == {"editor"}


def test_an_administrator_neither_makes_nor_changes_a_group_that_gives_owner(one, admin, editor, facts):
    board = facts.group("board", ["owner"])
    desk = facts.group("desk", ["viewer"])
    admin.send("POST", "/api/groups", {"name": "trick", "title": "Trick", "roles": ["owner"]}, status=403)
    admin.patch(f"/api/groups/{desk.id}", {"roles": ["viewer", "owner"]}, status=403)
    admin.patch(f"/api/groups/{board.id}", {"roles": []}, status=403)
    admin.send("DELETE", f"/api/groups/{board.id}", status=403)
    answer = admin.send("POST", f"/api/groups/{board.id}/members", {"accounts": [str(editor.id)]}, status=403)
    assert answer.json["detail"] == "Only an owner may give or take the role owner."
    admin.form(f"/admin/groups/{board.id}/@@add-members", [("emails", editor.email)], status=403)
    admin.form(f"/admin/groups/{board.id}/@@delete", [], status=403)
    admin.send("POST", f"/api/groups/{desk.id}/members", {"accounts": [str(editor.id)]})
    assert facts.account(editor.id).roles == {"editor", "viewer"}
    assert facts.groups()["board"].roles == {"owner"}


def test_an_administrator_puts_no_owner_in_a_group_and_takes_none_out(one, admin, facts):
    boss = one.person("owner")
    desk = facts.group("desk", ["viewer"], [boss.id])
    answer = admin.send("DELETE", f"/api/groups/{desk.id}/members/{boss.id}", status=403)
    assert answer.json["detail"] == "Only an owner may change an owner."
    other = facts.group("other")
    admin.send("POST", f"/api/groups/{other.id}/members", {"accounts": [str(boss.id)]}, status=403)
    admin.form(f"/admin/groups/{desk.id}/@@remove-member", [("id", str(boss.id))], status=403)
    assert facts.members(desk) == {boss.id}


def test_another_tenants_group_is_missing(two, owner):
    theirs = Facts(two).group("desk", ["viewer"])
    for group in (theirs.id, MISSING):
        for path in (f"/api/groups/{group}", f"/api/groups/{group}/members", f"/admin/groups/{group}"):
            owner.get(path, status=404)
        owner.send("PATCH", f"/api/groups/{group}", {"title": "x"}, match="*", status=404)
        owner.send("DELETE", f"/api/groups/{group}", status=404)
        owner.send("POST", f"/api/groups/{group}/members", {"accounts": [owner.id]}, status=404)
        for act in ("", "/@@add-members", "/@@remove-member", "/@@delete"):
            owner.form(f"/admin/groups/{group}{act}", [], status=404)
    assert Facts(two).groups()["desk"].members == 0


def test_who_does_not_administer_finds_no_groups(one, facts):
    group = facts.group("desk")
    person = Person(one, "editor")
    for path in (
        "/api/groups",
        f"/api/groups/{group.id}",
        f"/admin/groups/{group.id}",
        "/admin/groups/@@new",
    ):
        person.get(path, status=404)
    person.send("POST", f"/api/groups/{group.id}/members", {"accounts": [person.id]}, status=404)
    person.send("POST", "/api/groups", {"name": "x", "title": "x"}, status=404)
    assert facts.members(group) == set()
