"""The screens of people: the list, one account, and what refuses."""

import pytest

from insula.accounts.interfaces import Accounts
from tests.counting import counted
from tests.functional.people.conftest import Facts, Person

MISSING = "00000000-0000-4000-8000-000000000000"


def names(page):
    return [each.text.strip() for each in page.html.select("#list tbody th > a")]


def submit(browser, path, *, roles=None, status=None, **fields):
    form = browser.get(path).forms["person"]
    for name, value in fields.items():
        form[name] = value
    for box in form.fields["roles"] if roles is not None else ():
        box.checked = box._value in roles
    return form.submit(status=status)


def test_the_list_shows_who_is_known_with_roles_groups_and_when_they_were_here(
    one, two, owner, editor, facts
):
    facts.group("desk", ["viewer"], [editor.id])
    stranger = two.person("editor")
    page = owner.get("/admin/people")
    row = page.html.find("a", href=f"/admin/people/{editor.id}").find_parent("tr")
    assert "Editor, Viewer" in row.text
    assert "Desk" in row.text
    assert "Active" in row.text
    assert "never" in row.text
    assert "just now" in page.html.find("a", href=f"/admin/people/{owner.id}").find_parent("tr").text
    assert stranger.email not in page.text


def test_the_list_is_filtered_by_its_form_and_each_filter_can_be_removed(one, owner, editor):
    form = owner.get("/admin/people").forms["filter"]
    form["find"], form["role"] = editor.email, "editor"
    page = form.submit()
    assert names(page) == ["Editor"]
    assert [each.text.strip("\N{MULTIPLICATION SIGN}") for each in page.html.select(".chip")] == [
        f"Found by {editor.email}",
        "Role Editor",
    ]
    assert page.html.find("a", attrs={"aria-label": "Remove the filter Role Editor"})["href"].endswith(
        "?find=" + editor.email.replace("@", "%40")
    )
    nothing = owner.get("/admin/people?find=zzz-nobody")
    assert "Nothing matches" in nothing.text
    owner.get("/admin/people?role=edito", status=400)


def test_ten_pages_are_walked_by_links(one, owner):
    for _ in range(5):
        one.person("viewer")
    page, seen = owner.get("/admin/people?role=viewer&limit=2"), []
    while True:
        seen += [each["href"] for each in page.html.select("#list tbody th > a")]
        following = page.html.find("a", rel="next")
        if following is None:
            break
        page = owner.get(following["href"])
    assert len(seen) == len(set(seen)) == 5
    assert page.html.find("a", string="First page")["href"] == "/admin/people/?role=viewer&limit=2"


def test_thirty_people_cost_as_many_statements_as_one(installation, one, owner):
    with one.work() as work:
        accounts = work.find_service(Accounts)
        for number in range(30):
            accounts.create_person(f"p{number}@example.com", f"P {number}", None, ["editor"])
    most = 6 if installation.kind == "sqlite" else 7
    for path in ("/admin/people?limit=100", "/api/people?limit=100"):
        owner.get(path)
        with counted(installation.registry) as statements:
            answer = owner.get(path)
        assert answer.text.count("p2") >= 10
        assert len(statements) <= most, "\n".join(statements)


@pytest.mark.parametrize("role", ["editor", "author", "viewer", None])
def test_who_does_not_administer_finds_nothing_there(one, owner, role):
    person = Person(one, role)
    for path in (
        "/admin/people",
        f"/admin/people/{owner.id}",
        f"/admin/people/{person.id}",
        "/admin/roles",
        "/admin/roles/editor",
        "/admin/groups",
    ):
        person.get(path, status=404)
    for path in (
        f"/admin/people/{owner.id}/@@deactivate",
        f"/admin/people/{person.id}",
        "/admin/roles/@@new",
    ):
        person.form(path, [], status=404)


def test_a_visitor_is_asked_to_sign_in(one, owner):
    for path in ("/admin/people", f"/admin/people/{owner.id}", f"/admin/people/{MISSING}", "/admin/roles"):
        assert one.visitor().get(path, status="*").status_int == 401


def test_another_tenants_person_is_missing(two, owner):
    stranger = two.person("editor")
    for account in (stranger.id, MISSING, "nobody", str(stranger.id).upper()):
        owner.get(f"/admin/people/{account}", status=404)
        for act in ("", "/@@deactivate", "/@@send-reset", "/@@end-session", "/@@end-sessions"):
            owner.form(f"/admin/people/{account}{act}", [], status=404)
    assert Facts(two).account(stranger.id).active


def test_one_person_is_shown_with_what_each_role_means(one, owner, editor):
    page = owner.get(f"/admin/people/{editor.id}")
    assert page.html.h1.text == "Editor"
    assert editor.email in page.text
    assert "Editors publish." in page.text
    assert "Owners do everything." in page.text
    assert "Nobody is signed in as this account." in page.text


def test_name_and_roles_are_saved_and_said(owner, editor, facts):
    answer = submit(owner, f"/admin/people/{editor.id}", name="Ed", roles={"viewer", "author"})
    assert answer.location.endswith("?notice=person-saved")
    after = facts.account(editor.id)
    assert (after.name, after.roles) == ("Ed", {"viewer", "author"})
    assert submit(owner, f"/admin/people/{editor.id}").location.endswith("?notice=person-same")


def test_a_failed_save_names_the_field_and_keeps_what_was_typed(owner, editor, facts):
    answer = submit(owner, f"/admin/people/{editor.id}", name="", roles={"viewer"}, status=422)
    assert answer.html.find(id="errors").find("a")["href"] == "#f-name"
    boxes = {box._value: box.checked for box in answer.forms["person"].fields["roles"]}
    assert boxes["viewer"]
    assert not boxes["editor"]
    assert facts.account(editor.id) == editor


def test_a_save_on_top_of_another_is_refused_and_can_be_repeated(owner, editor, facts):
    late = owner.get(f"/admin/people/{editor.id}").forms["person"]
    submit(owner, f"/admin/people/{editor.id}", roles={"viewer"})
    late["name"] = "Late"
    answer = late.submit(status=412)
    assert "somebody changed this account meanwhile" in answer.text
    assert facts.account(editor.id).name == "Editor"
    assert answer.forms["person"].submit().location.endswith("?notice=person-saved")
    assert facts.account(editor.id).name == "Late"


def test_a_role_through_a_group_is_said_and_the_group_can_be_left(owner, editor, facts):
    facts.group("desk", ["viewer"], [editor.id])
    page = owner.get(f"/admin/people/{editor.id}")
    assert "Also by the group Desk." in page.text
    form = page.forms["person"]
    form["groups"] = False
    form.submit()
    assert facts.account(editor.id).roles == {"editor"}


def test_an_administrator_may_look_at_an_owner_and_change_nothing(one, admin, facts):
    boss = one.person("owner")
    page = admin.get(f"/admin/people/{boss.id}")
    assert "Only an owner may change an owner." in page.text
    assert "person" not in page.forms or page.html.find(id="person").find("fieldset").has_attr("disabled")
    for act in ("deactivate", "send-reset", "end-sessions"):
        assert f"@@{act}" not in page.text
        answer = admin.form(f"/admin/people/{boss.id}/@@{act}", [], status=403)
        assert "Only an owner may change an owner." in answer.text
    admin.form(f"/admin/people/{boss.id}", [("name", "x")], status=403)
    assert facts.account(boss.id) == boss


def test_an_administrator_gives_no_role_owner_by_a_forged_form(admin, editor, facts):
    page = admin.get(f"/admin/people/{editor.id}")
    assert page.html.find("input", attrs={"name": "roles", "value": "owner"}).has_attr("disabled")
    fields = [("version", page.forms["person"]["version"].value), ("name", "Editor"), ("roles", "owner")]
    answer = admin.form(f"/admin/people/{editor.id}", fields, status=403)
    assert "Only an owner may give or take the role owner." in answer.text
    assert facts.account(editor.id).roles == {"editor"}


def test_somebody_is_kept_out_and_let_in_again(one, owner, facts):
    person = Person(one, "editor")
    answer = owner.form(f"/admin/people/{person.id}/@@deactivate", [])
    assert "Their sessions have ended" in owner.get(answer.location).text
    person.get("/account", status=401)
    assert "Inactive" in owner.get("/admin/people?state=inactive").text
    owner.form(f"/admin/people/{person.id}/@@activate", [])
    assert facts.account(person.browser.person.id).active


def test_the_last_owner_is_not_lost_by_the_screen(owner, facts):
    answer = submit(owner, f"/admin/people/{owner.id}", roles=set(), status=409)
    assert "leave nobody who owns this site" in answer.text
    owner.form(f"/admin/people/{owner.id}/@@deactivate", [], status=409)
    assert facts.account(owner.browser.person.id).active


def test_sessions_are_shown_with_device_and_network_and_ended(one, owner):
    person = Person(one, "editor")
    page = owner.get(f"/admin/people/{person.id}")
    assert "192.0.2.1" in page.text
    session = page.html.find("input", attrs={"name": "id"})["value"]
    owner.form(f"/admin/people/{owner.id}/@@end-session", [("id", session)], status=404)
    owner.form(f"/admin/people/{person.id}/@@end-session", [("id", "x")], status=404)
    assert person.get("/account").status_int == 200
    owner.form(f"/admin/people/{person.id}/@@end-session", [("id", session)])
    person.get("/account", status=401)
    again = Person(one, "editor")
    owner.form(f"/admin/people/{again.id}/@@end-sessions", [])
    again.get("/account", status=401)


def test_a_reset_letter_is_sent(owner, editor, facts):
    owner.form(f"/admin/people/{editor.id}/@@send-reset", [])
    assert [each.to for each in facts.letters("reset")] == [editor.email]


def test_a_machine_has_neither_name_to_change_nor_sessions(one, owner):
    one.token("viewer")
    machine = owner.get("/api/people?kind=service").json["data"][0]["id"]
    page = owner.get(f"/admin/people/{machine}")
    assert "A machine signs in with tokens" in page.text
    assert "name" not in page.forms["person"].fields
    assert "@@send-reset" not in page.text


def test_a_form_without_its_token_changes_nothing(owner, editor, facts):
    owner.browser.post(f"/admin/people/{editor.id}/@@deactivate", status=400)
    assert facts.account(editor.id).active


def test_the_home_page_says_how_many_invitations_wait(owner):
    owner.send("POST", "/api/invitations", {"emails": ["ann@example.com"]})
    card = owner.get("/admin").html.select_one("main a[href='/admin/people']").find_parent("li")
    assert "1 invitation waits" in " ".join(card.text.split())


def test_one_person_leads_to_their_tokens_and_refused_decisions(owner, editor):
    page = owner.get(f"/admin/people/{editor.id}")
    for words in ("Tokens of this account", "Decisions that refused something"):
        address = page.html.find("a", string=words)["href"]
        assert str(editor.id) in address
        assert owner.get(address).status_int == 200


def test_a_person_is_deactivated_by_a_button_that_ones_own_page_has_not(owner, editor):
    assert "@@deactivate" in owner.get(f"/admin/people/{editor.id}").text
    assert "@@deactivate" not in owner.get(f"/admin/people/{owner.id}").text
