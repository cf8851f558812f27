"""Inviting people: all or nobody, by roles one may give, and taking it back."""

import pytest

from tests.functional.people.conftest import Facts, Person

MISSING = "00000000-0000-4000-8000-000000000000"


def invite(person, *emails, status=201, **options):
    return person.send("POST", "/api/invitations", {"emails": list(emails), **options}, status=status)


def test_everybody_on_a_list_is_invited_and_gets_a_letter(owner, facts):
    desk = facts.group("desk", ["viewer"])
    answer = invite(owner, "ann@example.com", "bob@example.com", roles=["editor"], groups=[str(desk.id)])
    assert [each["email"] for each in answer.json["data"]] == ["ann@example.com", "bob@example.com"]
    assert {each["state"] for each in answer.json["data"]} == {"waiting"}
    assert answer.json["data"][0]["invited_by_name"] == "Owner"
    assert facts.invitations()["ann@example.com"].roles == {"editor"}
    assert facts.invitations()["ann@example.com"].groups == {desk.id}
    assert sorted(each.to for each in facts.letters()) == ["ann@example.com", "bob@example.com"]
    assert "link" not in answer.text


def test_one_bad_line_keeps_everybody_out_and_each_is_named(owner, editor, facts):
    emails = ("good@example.com", "not an address", editor.email, "Good@example.com")
    answer = invite(owner, *emails, status=422)
    assert [(each["path"], each["line"]) for each in answer.json["errors"]] == [
        ("emails", 2),
        ("emails", 3),
        ("emails", 4),
    ]
    assert "stands here twice" in answer.json["errors"][2]["detail"]
    assert facts.invitations() == {}
    assert facts.letters() == []


def test_somebody_who_is_invited_already_is_not_invited_again(owner):
    invite(owner, "ann@example.com")
    assert invite(owner, "ann@example.com", status=422).json["errors"][0]["line"] == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"emails": []}, "emails"),
        ({"emails": [f"p{number}@example.com" for number in range(51)]}, "emails"),
        ({}, "emails"),
        ({"emails": ["a@example.com"], "roles": ["edito"]}, "roles"),
        ({"emails": ["a@example.com"], "groups": [MISSING]}, "groups"),
        ({"emails": ["a@example.com"], "name": "x"}, "name"),
    ],
)
def test_what_cannot_be_sent_is_told_once(owner, facts, body, path):
    answer = owner.send("POST", "/api/invitations", body, status=422)
    assert [each["path"] for each in answer.json["errors"]] == [path]
    assert facts.invitations() == {}


def test_an_administrator_invites_no_owner_alone_or_through_a_group(admin, facts):
    board = facts.group("board", ["owner"])
    invite(admin, "ann@example.com", roles=["admin"])
    for gift in ({"roles": ["owner"]}, {"groups": [str(board.id)]}):
        answer = invite(admin, "eve@example.com", status=403, **gift)
        assert answer.json["detail"] == "Only an owner may give or take the role owner."
    assert set(facts.invitations()) == {"ann@example.com"}


def test_an_invitation_to_become_owner_is_resent_by_owners_only(owner, admin):
    made = invite(owner, "eve@example.com", roles=["owner"]).json["data"][0]
    admin.send("POST", f"/api/invitations/{made['id']}/resend", status=403)
    assert owner.send("POST", f"/api/invitations/{made['id']}/resend").json["state"] == "waiting"


@pytest.mark.parametrize("gift", ["role", "group"])
def test_an_invitation_to_become_owner_is_taken_back_by_owners_only(owner, admin, facts, gift):
    given = {"roles": ["owner"]} if gift == "role" else {"groups": [str(facts.group("board", ["owner"]).id)]}
    made = invite(owner, "eve@example.com", **given).json["data"][0]
    other = invite(owner, "ann@example.com", roles=["editor"]).json["data"][0]
    path, screen = f"/api/invitations/{made['id']}", f"/admin/people/invitations/{made['id']}"
    for refused in (
        admin.send("DELETE", path, status=403).json["detail"],
        admin.send("POST", f"{path}/resend", status=403).json["detail"],
        admin.form(f"{screen}/@@revoke", [], status=403).text,
    ):
        assert "Only an owner may give or take the role owner." in refused
    assert facts.invitations()["eve@example.com"].state == "waiting"
    assert f"{screen}/@@revoke" not in admin.get("/admin/people/invitations").text
    assert f"{screen}/@@revoke" in owner.get("/admin/people/invitations").text
    assert admin.send("DELETE", f"/api/invitations/{other['id']}").json["state"] == "revoked"
    assert owner.send("DELETE", path).json["state"] == "revoked"


def test_an_invitation_is_resent_and_revoked(owner, facts):
    made = invite(owner, "ann@example.com").json["data"][0]
    path = f"/api/invitations/{made['id']}"
    owner.send("POST", f"{path}/resend")
    assert len(facts.letters()) == 2
    assert owner.send("DELETE", path).json["state"] == "revoked"
    assert owner.get(path).json["state"] == "revoked"
    owner.send("POST", f"{path}/resend", status=409)
    assert owner.get("/api/invitations").json["data"][0]["id"] == made["id"]


def test_another_tenants_invitation_is_missing(two, owner):
    made = invite(Person(two), "ann@example.com").json["data"][0]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/resend")):
        foreign = owner.send if method != "GET" else None
        for each in (made["id"], MISSING):
            address = f"/api/invitations/{each}{path}"
            owner.get(address, status=404) if foreign is None else owner.send(method, address, status=404)
    assert owner.get("/api/invitations").json["data"] == []
    assert Facts(two).invitations()["ann@example.com"].state == "waiting"


def test_the_form_invites_people_one_a_line_or_with_commas(owner, facts):
    form = owner.get("/admin/people/@@invite").forms["invite"]
    form["emails"] = "ann@example.com, bob@example.com\n\neve@example.com"
    next(box for box in form.fields["roles"] if box._value == "editor").checked = True
    answer = form.submit()
    assert answer.location.endswith("/admin/people/invitations?notice=people-invited")
    shown = owner.get(answer.location)
    assert "Invited. Each gets a letter" in shown.text
    assert {each.email for each in facts.invitations().values()} == {
        "ann@example.com",
        "bob@example.com",
        "eve@example.com",
    }
    assert facts.invitations()["eve@example.com"].roles == {"editor"}


def test_the_form_says_what_is_wrong_with_which_line_and_keeps_what_was_typed(owner, facts):
    form = owner.get("/admin/people/@@invite").forms["invite"]
    form["emails"] = "ann@example.com\n<b>nobody</b>"
    answer = form.submit(status=422)
    errors = answer.html.find(id="errors")
    assert "Nobody was invited" in errors.text
    assert errors.find("a")["href"] == "#f-emails"
    assert "Line 2" in errors.text
    assert "<b>nobody" not in answer.text
    assert answer.forms["invite"]["emails"].value == "ann@example.com\n<b>nobody</b>"
    assert facts.invitations() == {}


def test_roles_are_offered_with_what_they_mean_and_owner_is_no_administrators_to_give(one, admin, facts):
    page = admin.get("/admin/people/@@invite")
    assert "Editors work on pages." in page.text
    assert page.html.find("input", attrs={"name": "roles", "value": "owner"}).has_attr("disabled")
    assert not page.html.find("input", attrs={"name": "roles", "value": "editor"}).has_attr("disabled")
    fields = [("emails", "eve@example.com"), ("roles", "owner")]
    answer = admin.form("/admin/people/@@invite", fields, status=403)
    assert "Only an owner may give or take the role owner." in answer.text
    assert facts.invitations() == {}


def test_the_screen_of_invitations_resends_and_revokes(owner, facts):
    made = invite(owner, "ann@example.com", roles=["editor"]).json["data"][0]
    page = owner.get("/admin/people/invitations")
    assert "ann@example.com" in page.text
    here = f"/admin/people/invitations/{made['id']}"
    assert owner.form(f"{here}/@@resend", []).location.endswith("?notice=invitation-resent")
    assert owner.form(f"{here}/@@revoke", []).location.endswith("?notice=invitation-revoked")
    assert "Revoked" in owner.get("/admin/people/invitations").text
    owner.form(f"{here}/@@resend", [], status=409)
    assert facts.invitations()["ann@example.com"].state == "revoked"


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_who_does_not_administer_finds_no_invitations(one, owner, role):
    made = invite(owner, "ann@example.com").json["data"][0]
    person = Person(one, role)
    for path in (
        "/admin/people/@@invite",
        "/admin/people/invitations",
        f"/admin/people/invitations/{made['id']}",
    ):
        person.get(path, status=404)
    person.form("/admin/people/@@invite", [("emails", "x@example.com")], status=404)
    person.form(f"/admin/people/invitations/{made['id']}/@@revoke", [], status=404)
    invite(person, "x@example.com", status=404)
