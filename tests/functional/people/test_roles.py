"""Roles: what they mean, making and deleting a tenant's own, and who holds them."""

import pytest

from insula.security.interfaces import Policies
from tests.functional.people.conftest import Facts, Person


def publish(tenant, rule):
    with tenant.work() as work:
        policies = work.find_service(Policies)
        current = policies.current()
        policies.publish(current.text + rule, current.grid, None, "A test.")


def test_the_roles_are_listed_with_what_the_rules_say_of_each(owner, editor, facts):
    facts.role("press")
    page = owner.get("/admin/roles")
    row = page.html.find("a", href="/admin/roles/editor").find_parent("tr")
    assert "Editors work on pages." in row.text
    assert 'Role::"editor"' in row.text
    assert row.find_all("td")[-1].text == "1"
    assert "No rule names it yet." in page.html.find("a", href="/admin/roles/press").find_parent("tr").text


def test_one_role_is_told_with_its_rules_and_a_link_to_who_holds_it(one, owner, editor):
    page = owner.get("/admin/roles/editor")
    assert page.html.find("a", href="/admin/people?role=editor").text == "1 account"
    assert "tenant:editors-work-on-pages" in page.text
    assert page.html.find("a", href="/admin/policy") is not None
    rules = owner.get("/api/roles/editor").json["rules"]
    assert {"rule": "tenant:editors-publish", "effect": "permit", "says": "Editors publish"} in rules


def test_a_rule_that_is_published_is_told_of_its_role(one, owner, facts):
    facts.role("press")
    rule = '\n@id("press-reads-audit") permit(principal in Role::"press", action == Action::"view", resource == Area::"audit");'
    publish(one, f'{rule}\n// Role::"viewer" is mentioned here only.\n')
    assert owner.get("/api/roles/press").json["rules"] == [
        {"rule": "tenant:press-reads-audit", "effect": "permit", "says": "Press reads audit"}
    ]
    assert "press-reads-audit" not in owner.get("/api/roles/viewer").text


def test_a_role_is_made_renamed_and_deleted_by_screen(owner, facts):
    form = owner.get("/admin/roles/@@new").forms["role"]
    form["title"], form["name"] = "Press office", "press"
    assert form.submit().location.endswith("/admin/roles/press?notice=role-created")
    form = owner.get("/admin/roles/press").forms["role"]
    form["title"] = "Press"
    form.submit()
    assert facts.roles()["press"].title == "Press"
    assert owner.form("/admin/roles/press/@@delete", []).location.endswith("?notice=role-deleted")
    assert "press" not in facts.roles()


def test_a_role_is_made_renamed_and_deleted_by_the_api(owner, facts):
    made = owner.send("POST", "/api/roles", {"name": "press", "title": "Press office"}, status=201)
    assert made.headers["Location"].endswith("/api/roles/press")
    assert made.json == {"id": "press", "title": "Press office", "own": True, "members": 0}
    assert owner.patch("/api/roles/press", {"title": "Press"}).json["title"] == "Press"
    owner.send("PATCH", "/api/roles/press", {"title": "Late"}, match=made.headers["ETag"], status=412)
    owner.send("DELETE", "/api/roles/press")
    owner.get("/api/roles/press", status=404)
    assert "press" not in facts.roles()


@pytest.mark.parametrize(
    ("name", "title", "path"), [("Press", "P", "name"), ("", "P", "name"), ("press", " ", "title")]
)
def test_a_name_or_title_that_cannot_be_is_told(owner, facts, name, title, path):
    answer = owner.send("POST", "/api/roles", {"name": name, "title": title}, status=422)
    assert answer.json["errors"][0]["path"] == path
    answer = owner.form("/admin/roles/@@new", [("name", name), ("title", title)], status=422)
    assert answer.html.find(id="errors").find("a")["href"] == f"#f-{path}"
    assert set(facts.roles()) == {"owner", "admin", "editor", "author", "viewer"}


def test_a_role_that_is_there_is_not_made_again(owner, facts):
    facts.role("press")
    owner.send("POST", "/api/roles", {"name": "press", "title": "P"}, status=409)
    answer = owner.form("/admin/roles/@@new", [("name", "press"), ("title", "P")], status=409)
    assert "There is such a role already." in answer.text


def test_a_role_that_somebody_holds_and_a_default_role_stay(owner, editor, facts):
    facts.role("press")
    owner.patch(f"/api/people/{editor.id}", {"roles": ["press"]})
    assert "has the role press" in owner.form("/admin/roles/press/@@delete", [], status=409).text
    owner.send("DELETE", "/api/roles/press", status=409)
    owner.patch(f"/api/people/{editor.id}", {"roles": []})
    facts.group("desk", ["press"])
    owner.send("DELETE", "/api/roles/press", status=409)
    owner.send("DELETE", "/api/roles/viewer", status=409)
    assert {"press", "viewer"} <= set(facts.roles())


def test_an_administrator_changes_every_role_but_owner(admin, facts):
    admin.patch("/api/roles/editor", {"title": "Redaktion"})
    assert (
        admin.patch("/api/roles/owner", {"title": "Nobody"}, status=403)
        .json["detail"]
        .startswith("Only an owner")
    )
    assert "Owner" in facts.roles()["owner"].title
    assert 'id="role"' not in admin.get("/admin/roles/owner").text


def test_another_tenants_role_is_missing(two, owner):
    Facts(two).role("press")
    for path in ("/api/roles/press", "/admin/roles/press", "/admin/people?role=press"):
        assert owner.get(path, status="*").status_int in (400, 404)
    owner.send("PATCH", "/api/roles/press", {"title": "x"}, match="*", status=404)
    owner.send("DELETE", "/api/roles/press", status=404)
    owner.form("/admin/roles/press/@@delete", [], status=404)
    assert Facts(two).roles()["press"].title == "Press"


def test_who_may_give_a_role_is_for_the_policy_to_say(one, admin, editor, facts):
    facts.role("press")
    rule = (
        '\n@id("owners-appoint-the-press") @reason("Ask an owner for the press.")\n'
        'forbid(principal, action == Action::"manage", resource == Setting::"roles.press")'
        ' unless { principal in Role::"owner" };\n'
    )
    publish(one, rule)
    answer = admin.patch(f"/api/people/{editor.id}", {"roles": ["press"]}, status=403)
    assert answer.json["detail"] == "Ask an owner for the press."
    admin.patch(f"/api/people/{editor.id}", {"roles": ["viewer"]})
    Person(one).patch(f"/api/people/{editor.id}", {"roles": ["press"]})
    answer = admin.patch(f"/api/people/{editor.id}", {"roles": []}, status=403)
    assert facts.account(editor.id).roles == {"press"}


def test_a_policy_may_let_editors_invite_authors_and_nobody_else(one, facts):
    publish(
        one,
        '\n@id("editors-see-people") permit(principal in Role::"editor", action in [Action::"view", Action::"create"],'
        ' resource == Setting::"people");\n'
        '@id("editors-appoint-authors") permit(principal in Role::"editor", action == Action::"manage",'
        ' resource == Setting::"roles.author");\n',
    )
    person = Person(one, "editor")
    body = {"emails": ["new@example.com"], "roles": ["author"]}
    person.send("POST", "/api/invitations", body, status=201)
    for role in ("admin", "owner", "viewer"):
        person.send("POST", "/api/invitations", {"emails": ["x@example.com"], "roles": [role]}, status=403)
    page = person.get("/admin/people/@@invite")
    assert not page.html.find("input", attrs={"value": "author"}).has_attr("disabled")
    assert page.html.find("input", attrs={"value": "admin"}).has_attr("disabled")
    assert set(facts.invitations()) == {"new@example.com"}


def test_a_made_up_request_about_a_person_knows_their_roles(one, owner, editor):
    boss = one.person("owner")
    asked = {"action": "manage", "roles": ["admin"]}
    for account, allowed in ((editor, True), (boss, False)):
        resource = {"type": "Account", "id": str(account.id)}
        answer = owner.send("POST", "/api/policy/explain", {**asked, "resource": resource})
        assert answer.json["allowed"] is allowed, answer.json
