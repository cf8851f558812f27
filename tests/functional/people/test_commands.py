"""`insula person`, `invitation`, `role` and `group`."""

import json

from insula.people.commands.group import group
from insula.people.commands.invitation import invitation
from insula.people.commands.person import person
from insula.people.commands.role import role
from tests import terminal
from tests.functional.people.conftest import Facts, Person

NOUNS = {"person": person, "invitation": invitation, "role": role, "group": group}


def run(handle, noun, *words, fails=False):
    answer = terminal.run(NOUNS[noun], handle.installation, *words, "--tenant", handle.tenant.name)
    assert answer.exit_code == (1 if fails else 0), answer.output
    return answer.output


def test_people_are_listed_filtered_and_shown(one, two, editor, facts):
    stranger = two.person("editor")
    facts.group("desk", ["viewer"], [editor.id])
    one.token("viewer")
    told = run(one, "person", "list")
    assert f"{editor.email}  editor, viewer  Desk" in told
    assert stranger.email not in told
    assert editor.email not in run(one, "person", "list", "--kind", "service")
    assert editor.email in run(one, "person", "list", "--role", "viewer", "--state", "active")
    assert "There are more" in run(one, "person", "list", "--limit", "1")
    assert json.loads(run(one, "person", "list", "--find", editor.email, "--json"))[0]["id"] == str(editor.id)
    told = run(one, "person", "show", editor.email)
    assert "own roles" in told
    assert "editor, viewer" in told
    assert "signed in" in told
    assert json.loads(run(one, "person", "show", str(editor.id), "--json"))["email"] == editor.email


def test_an_empty_list_says_how_to_begin(one):
    assert "insula person invite EMAIL" in run(one, "person", "list")
    assert "insula person invite EMAIL" in run(one, "invitation", "list")
    assert "insula group create NAME" in run(one, "group", "list")


def test_inviting_prints_the_link_where_letters_are_only_caught(one, facts):
    told = run(one, "person", "invite", "ann@example.com", "bob@example.com", "--role", "editor")
    assert "ann@example.com is invited until" in told
    letter = next(each for each in facts.letters() if each.to == "ann@example.com")
    link = told.splitlines()[1].strip()
    assert link.startswith("https://")
    assert link in letter.text


def test_nobody_is_invited_where_one_cannot_be(one, editor, facts):
    told = run(one, "person", "invite", "ann@example.com", editor.email, fails=True)
    assert "emails, line 2" in told
    assert facts.invitations() == {}
    assert "Did you mean editor?" in run(
        one, "person", "invite", "a@example.com", "--role", "edito", fails=True
    )
    assert "has no group desk" in run(one, "person", "invite", "a@example.com", "--group", "desk", fails=True)


def test_an_invitation_is_listed_resent_and_revoked(one, two, facts):
    run(one, "person", "invite", "ann@example.com", "--role", "editor")
    assert "waiting" in run(one, "invitation", "list")
    assert json.loads(run(one, "invitation", "list", "--json"))[0]["invited_by"] == "command line"
    assert "https://" in run(one, "invitation", "resend", "ann@example.com", "--print-link")
    run(one, "invitation", "revoke", "ANN@example.com")
    assert facts.invitations()["ann@example.com"].state == "revoked"
    assert "is revoked" in run(one, "invitation", "resend", "ann@example.com", fails=True)
    assert "has no invitation" in run(two, "invitation", "revoke", "ann@example.com", fails=True)


def test_roles_are_given_and_taken(one, editor, facts):
    assert "own roles editor" in run(one, "person", "roles", editor.email)
    run(one, "person", "roles", editor.email, "--give", "author", "--give", "viewer", "--take", "editor")
    assert facts.account(editor.id).roles == {"author", "viewer"}
    assert "Did you mean viewer?" in run(one, "person", "roles", editor.email, "--give", "viewr", fails=True)


def test_an_operator_may_make_an_owner_and_the_last_one_stays(one, editor, facts):
    run(one, "person", "roles", editor.email, "--give", "owner")
    assert facts.account(editor.id).roles == {"editor", "owner"}
    assert "Make somebody else an owner first" in run(
        one, "person", "roles", editor.email, "--take", "owner", fails=True
    )
    run(one, "person", "deactivate", editor.email, fails=True)
    assert facts.account(editor.id).active


def test_a_person_is_renamed_and_let_in_and_kept_out(one, facts):
    signed_in = Person(one, "editor")
    email = signed_in.browser.person.email
    run(one, "person", "rename", email, "Ed Itor")
    assert facts.account(signed_in.browser.person.id).name == "Ed Itor"
    assert "is inactive" in run(one, "person", "deactivate", email)
    signed_in.get("/account", status=401)
    run(one, "person", "activate", email)
    assert facts.account(signed_in.browser.person.id).active


def test_sessions_are_listed_and_ended(one, facts):
    signed_in = Person(one, "editor")
    email = signed_in.browser.person.email
    assert "192.0.2.1" in run(one, "person", "sessions", email)
    session = json.loads(run(one, "person", "sessions", email, "--json"))[0]["id"]
    assert "1 session ended" in run(one, "person", "end-sessions", email, "--session", session)
    assert "has no session" in run(one, "person", "end-sessions", email, "--session", session, fails=True)
    signed_in.get("/account", status=401)
    again = Person(one, "author")
    assert "1 session ended" in run(one, "person", "end-sessions", again.browser.person.email)
    assert "signed in nowhere" in run(one, "person", "sessions", again.browser.person.email)
    run(one, "person", "send-reset", email)
    assert [each.to for each in facts.letters("reset")] == [email]


def test_another_tenants_person_is_missing(one, two, editor):
    for words in (("show", editor.email), ("show", str(editor.id)), ("deactivate", editor.email)):
        assert "has no account" in run(two, "person", *words, fails=True)
    assert "There is no tenant" in terminal.run(person, one.installation, "list", "--tenant", "nobody").output


def test_roles_are_listed_made_renamed_and_deleted(one, editor, facts):
    assert "viewer  Viewer" in run(one, "role", "list")
    assert 'Role::"press"' in run(one, "role", "create", "press", "--title", "Press office")
    run(one, "role", "rename", "press", "--title", "Press")
    assert json.loads(run(one, "role", "list", "--json"))[-2]["title"] == "Press"
    run(one, "person", "roles", editor.email, "--give", "press")
    assert "has the role press" in run(one, "role", "delete", "press", fails=True)
    run(one, "person", "roles", editor.email, "--take", "press")
    run(one, "role", "delete", "press")
    assert "press" not in facts.roles()


def test_groups_are_made_filled_changed_and_deleted(one, two, editor, facts):
    assert "gives viewer" in run(one, "group", "create", "desk", "--title", "Desk", "--role", "viewer")
    assert "1 member" in run(one, "group", "add", "desk", editor.email)
    assert facts.account(editor.id).roles == {"editor", "viewer"}
    assert editor.email in run(one, "group", "show", "desk")
    run(one, "group", "change", "desk", "--give", "author", "--take", "viewer", "--title", "The desk")
    assert facts.account(editor.id).roles == {"editor", "author"}
    assert "author" in run(one, "group", "list")
    assert json.loads(run(one, "group", "list", "--json"))[0]["title"] == "The desk"
    assert "groups -" in run(one, "person", "groups", editor.email, "--leave", "desk")
    assert "groups desk" in run(one, "person", "groups", editor.email, "--join", "desk")
    run(one, "group", "remove", "desk", editor.email)
    assert facts.members(facts.groups()["desk"]) == set()
    assert "has no group" in run(two, "group", "delete", "desk", fails=True)
    run(one, "group", "delete", "desk")
    assert facts.groups() == Facts(two).groups() == {}
