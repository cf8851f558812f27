"""The table of roles: a form without script, the API, the command, and the draft they all write into."""

import pytest
from click.testing import CliRunner

from insula.kit.commands import Shell
from insula.kit.json import loads
from insula.policies.commands import policy
from insula.security.interfaces import Policies, PolicyDrafts
from insula.website.interfaces import PageDraft, Pages
from tests.functional.policies.conftest import NETWORK, Person, current, token_of


def draft_of(tenant):
    with tenant.work(writing=False) as work:
        return work.find_service(PolicyDrafts).find()


def run(tenant, *words, status=0):
    done = CliRunner().invoke(
        policy, [*words, "--tenant", tenant.tenant.name], obj=Shell(tenant.installation.registry, "test.ini")
    )
    assert done.exit_code == status, done.output
    return done.output


def test_an_owner_gives_a_right_in_the_table_and_it_holds_when_published(one, two, page):
    owner = one.signed_in("owner")
    form = owner.get("/admin/policy/@@grid").forms["grid"]
    assert form["author/Page/publish"].value == ""
    form["author/Page/publish"] = "all"
    form["viewer/Page/edit"] = "own"
    kept = form.submit(status=303).follow()
    assert "Saved as a draft" in kept.text
    assert draft_of(one).grid == {"author": {"Page": ["publish"]}, "viewer": {"Page": ["edit:own"]}}
    assert draft_of(one).text == current(one).text
    one.api("author").post(f"/api/pages/{page.id}/publish", headers={"If-Match": "*"}, status=403)
    review = owner.get("/admin/policy/@@publish")
    assert "author may publish Page" in review.text
    assert "viewer may edit their own Page" in review.text
    review.forms["publish"].submit(status=303)
    one.api("author").post(f"/api/pages/{page.id}/publish", headers={"If-Match": "*"}, status=200)
    assert current(two).grid == {}
    back = owner.get("/admin/policy/versions/1")
    assert "author may publish Page" in back.text
    back.forms["rollback"].submit(status=303)
    assert current(one).grid == {}


def test_own_is_for_ones_own_pages_alone(one):
    with one.work() as work:
        work.find_service(Policies).publish(current(one).text, {"viewer": {"Page": ["edit:own"]}}, "Ann", "")
    viewer = one.signed_in("viewer")
    with one.work() as work:
        pages = work.find_service(Pages)
        mine = pages.create(PageDraft(path="/mine", title="Mine"), author=viewer.person.id)
        others = pages.create(PageDraft(path="/others", title="Others"))
    person = Person(one, "viewer")
    for each, status in ((mine, 403), (others, 403)):
        person.client.patch_json(
            f"/api/pages/{each.id}",
            {"title": "New"},
            headers={"X-CSRF-Token": person.token, "If-Match": "*"},
            status=status,
        )
    explain = {"account": str(viewer.person.id), "action": "edit"}
    api = one.api("admin")
    told = api.post_json("/api/policy/explain", {**explain, "on": "/mine"}).json
    assert (told["allowed"], told["rules"][0]["name"]) == (True, "tenant:grid/viewer/Page/own")
    assert "their own Page" in told["rules"][0]["text"]
    assert api.post_json("/api/policy/explain", {**explain, "on": "/others"}).json["allowed"] is False


def test_cells_say_in_a_word_what_decides_and_lead_to_the_line(one):
    owner = one.signed_in("owner")
    shown = owner.get("/admin/policy/@@grid")
    assert "fixed by installation" in shown.text
    assert "visitor/Page/edit" not in shown.forms["grid"].fields
    assert "owner/Page/edit" not in shown.forms["grid"].fields
    link = shown.html.select_one('#table-Page a[title="tenant:authors-edit-their-own-pages"]')
    assert link.text.startswith("rule")
    lines = owner.get(link["href"].partition("#")[0])
    line = lines.html.select_one("#" + link["href"].partition("#")[2])
    assert "authors-edit-their-own-pages" in line.text
    one_role = owner.get("/admin/policy/@@grid?role=editor")
    assert {name.split("/")[0] for name in one_role.forms["grid"].fields if name and "/" in name} == {
        "editor"
    }


def test_a_rule_for_everybody_everywhere_stands_beside_the_table_and_in_no_cell(one, owner):
    with one.work() as work:
        drafts = work.find_service(PolicyDrafts)
        drafts.save(current(one).text + NETWORK, base=1, author=None, expected=0)
    shown = owner.get("/admin/policy/@@grid")
    assert "tenant:api-from-the-office-only" in shown.html.select_one(".note.info").text
    cells = {each["id"]: each["cells"] for each in one.api("admin").get("/api/policy/table").json["data"]}
    assert cells["Page/publish"]["editor"]["word"] == "all"


def test_who_may_not_edit_sees_the_table_without_a_form_field(one, two):
    admin = one.signed_in("admin")
    shown = admin.get("/admin/policy/@@grid")
    assert not [name for name in shown.forms["grid"].fields if name and "/" in name]
    fields = {"csrf_token": token_of(admin), "draft": 0, "base": 1, "author/Page/publish": "all"}
    admin.post("/admin/policy/@@grid", fields, status=403)
    one.signed_in("editor").get("/admin/policy/@@grid", status=404)
    owner = one.signed_in("owner")
    good = {**fields, "csrf_token": token_of(owner)}
    owner.post("/admin/policy/@@grid", {**good, "author/Page/publish": "some"}, status=400)
    owner.post("/admin/policy/@@grid", good, status=303)
    assert "Somebody saved the draft" in owner.post("/admin/policy/@@grid", good, status=412).text
    assert draft_of(two) is None


def test_a_table_that_names_what_is_not_there_cannot_be_published(one, owner):
    body = {
        "text": current(one).text,
        "grid": {"edtor": {"Page": ["view"]}, "editor": {"Stream": ["view:own"]}},
    }
    told = owner.post("/api/policy/publish", body, match='"1"', status=422).json
    assert [each["path"] for each in told["errors"]] == ["grid.edtor", "grid.editor.Stream"]


def test_the_draft_is_read_kept_and_forgotten_by_the_api(one, two, owner):
    path, headers = "/api/policy/draft", {"X-CSRF-Token": owner.token}
    empty = owner.get(path)
    assert (empty.json["version"], empty.json["text"]) == (0, current(one).text)
    body = {"text": "// mine", "grid": {"author": {"Page": ["publish"]}}}
    owner.client.put_json(path, body, headers=headers, status=428)
    headers["If-Match"] = empty.headers["ETag"]
    kept = owner.client.put_json(path, body, headers=headers)
    assert (kept.json["text"], kept.json["grid"], kept.json["base"]) == ("// mine", body["grid"], 1)
    owner.client.put_json(path, body, headers=headers, status=412)
    assert owner.get(path).json["version"] == kept.json["version"]
    owner.client.get(path, headers={"If-None-Match": kept.headers["ETag"]}, status=304)
    assert Person(two).get(path).json["version"] == 0
    admin = Person(one, "admin")
    admin.client.put_json(path, body, headers={**headers, "X-CSRF-Token": admin.token}, status=403)
    owner.client.delete(path, headers={"X-CSRF-Token": owner.token}, status=428)
    headers["If-Match"] = kept.headers["ETag"]
    owner.client.delete(path, headers=headers, status=204)
    assert draft_of(one) is None
    one.api("editor").get(path, status=404)


@pytest.mark.parametrize("base", [0, 2, 2**31 - 1, 2**31, 10**12, 10**30])
def test_a_draft_begins_from_a_version_that_there_is(one, two, owner, base):
    Person(two).post("/api/policy/publish", {"text": current(two).text}, match='"1"', status=200)
    path, headers = "/api/policy/draft", {"X-CSRF-Token": owner.token}
    headers["If-Match"] = owner.get(path).headers["ETag"]
    told = owner.client.put_json(path, {"text": "// mine", "base": base}, headers=headers, status=422).json
    assert told["errors"][0]["path"] == "base"
    assert draft_of(one) is None
    owner.client.put_json(path, {"text": "// mine", "base": 1}, headers=headers, status=200)


def test_an_administration_token_keeps_tries_and_publishes_a_draft(one):
    api = one.api("owner", elevated=True)
    empty = api.get("/api/policy/draft")
    body = {"text": current(one).text, "grid": {"author": {"Page": ["publish"]}}}
    kept = api.put_json("/api/policy/draft", body, headers={"If-Match": empty.headers["ETag"]}).json
    assert api.post_json("/api/policy/check", {"draft": kept["version"]}).json["publishable"]
    assert api.post_json("/api/policy/dry-run", {"draft": kept["version"]}).json["unknown"] == 0
    sent = {"draft": kept["version"], "message": "By API"}
    made = api.post_json("/api/policy/publish", sent, headers={"If-Match": '"1"'}).json
    assert made["grid"] == body["grid"]
    one.api("owner").put_json("/api/policy/draft", body, headers={"If-Match": '"0"'}, status=403)


def test_the_table_is_told_as_json(one):
    told = one.api("admin").get("/api/policy/table").json
    cells = {each["id"]: each["cells"] for each in told["data"]}
    assert cells["Page/publish"]["editor"] == {
        "word": "all",
        "grid": None,
        "text": "all",
        "fixed": None,
        "rules": ["tenant:editors-publish"],
    }
    assert cells["Page/edit"]["author"]["word"] == "own"
    assert cells["Page/view"]["visitor"]["word"] == "rule"
    assert cells["Page/edit"]["visitor"]["fixed"] == "installation:visitors-only-view"
    assert cells["Page/publish"]["author"]["word"] == "none"
    one.api("editor").get("/api/policy/table", status=404)


def test_the_command_shows_and_sets_the_table_in_the_draft(one, two):
    assert "Page publish" in run(one, "grid", "show")
    assert "Draft" in run(one, "grid", "set", "author", "Page", "publish", "edit:own")
    assert draft_of(one).grid == {"author": {"Page": ["publish", "edit:own"]}}
    run(one, "grid", "set", "author", "Page", "publish")
    assert draft_of(one).grid == {"author": {"Page": ["publish"]}}
    run(one, "grid", "set", "author", "Page", "fly", status=1)
    run(one, "grid", "set", "autor", "Page", "view", status=1)
    row = next(
        each for each in loads(run(one, "grid", "show", "--json"))["data"] if each["id"] == "Page/publish"
    )
    assert row["cells"]["author"]["grid"] == "all"
    assert draft_of(two) is None
    assert "could not be published" not in run(one, "check", "--draft")
    assert "Version 2 is in force" in run(one, "publish", "--draft", "-m", "Authors publish")
    assert current(one).grid == {"author": {"Page": ["publish"]}}
    assert draft_of(one) is None
    run(one, "publish", "--draft", "-m", "none", status=1)
